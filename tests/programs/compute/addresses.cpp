// A list whose nodes point at each other by buffer device addresses, followed on the device.
#include <cstdint>

#include "common/kernel.h"
#include "compute/parts.h"
#include "sum_list.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kNodes = 10;

// As in the shader.
struct Node {
    std::uint64_t next;
    std::uint32_t value;
    std::uint32_t result;
};

VkDeviceAddress address_of(const Gpu& gpu, VkBuffer buffer) {
    VkBufferDeviceAddressInfo info{VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO};
    info.buffer = buffer;
    return vkGetBufferDeviceAddress(gpu.device(), &info);
}

}  // namespace

void addresses(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.features().v12.bufferDeviceAddress) {
        stage.report.not_offered("addresses");
        return;
    }
    std::vector<BoundBuffer> nodes;
    std::uint64_t next = 0;
    for (std::uint32_t i = 0; i < kNodes; ++i) {
        nodes.emplace_back(
            gpu, sizeof(Node),
            VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT,
            Placement::kReadBack);
        nodes.back().as<Node>()[0] = {next, 100 + i * i, 0};
        next = address_of(gpu, nodes.back());
        stage.report.check(next != 0, "A buffer has an address.");
    }
    const Kernel kernel(gpu, sum_list, {}, 8);
    run_once(gpu, [&](VkCommandBuffer commands) {
        kernel.bind(commands, &next);
        vkCmdDispatch(commands, 1, 1, 1);
        memory_barrier(commands, kComputeStorage, kHostRead);
    });
    const std::uint32_t sum = nodes.back().as<Node>()[0].result;
    stage.report.value("addresses", sum);
    stage.report.check(sum == 100 * kNodes + 285, "The device follows the whole list.");
}

}  // namespace vgpu::programs
