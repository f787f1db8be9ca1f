#include "icd/buffer.h"

#include "entries.h"
#include "fake_gpu.h"
#include "tests/catch.h"

using namespace vgpu::icd;
using namespace vgpu;
using test::FakeDevice;
using test::FakeGpu;

namespace {

VkBufferCreateInfo buffer_info(VkDeviceSize size) {
    return {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
            .size = size,
            .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT};
}

struct Fixture : FakeDevice {
    explicit Fixture(const FakeGpu& gpu = {}) : FakeDevice(gpu) {}
    VkBuffer create(VkDeviceSize size) {
        VkBuffer buffer = VK_NULL_HANDLE;
        const VkBufferCreateInfo info = buffer_info(size);
        CHECK(entry_vkCreateBuffer(device, &info, nullptr, &buffer) == VK_SUCCESS);
        return buffer;
    }
    std::size_t asked() const {
        return host.count(wire::Command::vkGetBufferMemoryRequirements2) +
               host.count(wire::Command::vkGetBufferMemoryRequirements);
    }
};

}  // namespace

TEST_CASE("requirements are asked once for buffers of one kind") {
    Fixture f;
    const VkBuffer buffers[] = {f.create(100), f.create(100)};
    for (int i = 0; i < 4; ++i) {
        VkMemoryRequirements requirements{};
        entry_vkGetBufferMemoryRequirements(f.device, buffers[i % 2], &requirements);
        CHECK(requirements.size == 4096);
        CHECK(requirements.alignment == 256);
        CHECK(requirements.memoryTypeBits == 3);
    }
    CHECK(f.asked() == 1);
    const VkBuffer other = f.create(101);
    VkMemoryRequirements requirements{};
    entry_vkGetBufferMemoryRequirements(f.device, other, &requirements);
    CHECK(f.asked() == 2);
    for (const VkBuffer buffer : {buffers[0], buffers[1], other})
        entry_vkDestroyBuffer(f.device, buffer, nullptr);
}

TEST_CASE("the wish for a dedicated allocation is kept with the requirements") {
    Fixture f;
    const VkBuffer buffer = f.create(100);
    for (int i = 0; i < 2; ++i) {
        VkMemoryDedicatedRequirements dedicated{
            .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS};
        VkMemoryRequirements2 requirements{.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2,
                                           .pNext = &dedicated};
        const VkBufferMemoryRequirementsInfo2 info{
            VK_STRUCTURE_TYPE_BUFFER_MEMORY_REQUIREMENTS_INFO_2, nullptr, buffer};
        entry_vkGetBufferMemoryRequirements2(f.device, &info, &requirements);
        CHECK(requirements.memoryRequirements.size == 4096);
        CHECK(dedicated.prefersDedicatedAllocation == VK_TRUE);
        CHECK(dedicated.requiresDedicatedAllocation == VK_FALSE);
    }
    CHECK(f.asked() == 1);
    entry_vkDestroyBuffer(f.device, buffer, nullptr);
}

TEST_CASE("a device of Vulkan 1.0 is asked as of Vulkan 1.0") {
    FakeGpu gpu;
    gpu.properties.apiVersion = VK_API_VERSION_1_0;
    Fixture f(gpu);
    f.host.on<wire::Args_vkGetBufferMemoryRequirements, wire::Reply_vkGetBufferMemoryRequirements>(
        [](const auto& args, auto& reply) {
            *args.pMemoryRequirements = {77, 1, 1};
            reply.pMemoryRequirements = args.pMemoryRequirements;
        });
    const VkBuffer buffer = f.create(100);
    VkMemoryRequirements requirements{};
    entry_vkGetBufferMemoryRequirements(f.device, buffer, &requirements);
    CHECK(requirements.size == 77);
    CHECK(f.host.count(wire::Command::vkGetBufferMemoryRequirements2) == 0);
    entry_vkDestroyBuffer(f.device, buffer, nullptr);
}

TEST_CASE("a buffer beyond the limit is refused, because its create would not wait") {
    FakeGpu gpu;
    gpu.max_buffer_size = 1000;
    Fixture f(gpu);
    VkBuffer buffer = VK_NULL_HANDLE;
    const VkBufferCreateInfo info = buffer_info(1001);
    CHECK(entry_vkCreateBuffer(f.device, &info, nullptr, &buffer) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    CHECK(buffer == VK_NULL_HANDLE);
    entry_vkDestroyBuffer(f.device, f.create(1000), nullptr);
}

TEST_CASE("a lost context creates no buffer and answers zeros") {
    Fixture f;
    const VkBuffer buffer = f.create(100);
    context_of(f.device).mark_lost();
    VkMemoryRequirements requirements{1, 1, 1};
    entry_vkGetBufferMemoryRequirements(f.device, buffer, &requirements);
    CHECK(requirements.size == 0);
    CHECK(requirements.alignment == 1);  // programs divide by it
    VkBuffer second = buffer;
    const VkBufferCreateInfo info = buffer_info(1);
    CHECK(entry_vkCreateBuffer(f.device, &info, nullptr, &second) == VK_ERROR_DEVICE_LOST);
    CHECK(second == VK_NULL_HANDLE);
    entry_vkDestroyBuffer(f.device, buffer, nullptr);
    entry_vkDestroyBuffer(f.device, VK_NULL_HANDLE, nullptr);
}
