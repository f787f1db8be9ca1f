// vgpu-greedy takes host-visible memory until it is refused, frees it, and takes as much again.
//
// Prints how much it got and the VkResult that refused the rest. Exits 0 when the second time
// gives no less than the first, and the memory can be written.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "common/command_line.h"
#include "common/error.h"
#include "common/program.h"

namespace {

using namespace vgpu::programs;

constexpr VkDeviceSize kPiece = 16 << 20;
// Where nothing refuses.
constexpr std::size_t kPiecesMax = 4096;

VkResult take_all(const Gpu& gpu, std::vector<VkDeviceMemory>& pieces) {
    const VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, kPiece,
                                    gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT)};
    while (pieces.size() < kPiecesMax) {
        VkDeviceMemory memory;
        const VkResult result = vkAllocateMemory(gpu.device(), &info, nullptr, &memory);
        if (result != VK_SUCCESS) return result;
        pieces.push_back(memory);
    }
    return VK_SUCCESS;
}

void write_last(const Gpu& gpu, const std::vector<VkDeviceMemory>& pieces) {
    if (pieces.empty()) return;
    void* mapped = nullptr;
    check(vkMapMemory(gpu.device(), pieces.back(), 0, VK_WHOLE_SIZE, 0, &mapped));
    std::memset(mapped, 1, kPiece);
    vkUnmapMemory(gpu.device(), pieces.back());
}

int run() {
    const Instance instance(false);
    const Gpu gpu(instance, 0);
    std::size_t taken[2] = {};
    for (std::size_t& count : taken) {
        std::vector<VkDeviceMemory> pieces;
        const VkResult refused = take_all(gpu, pieces);
        count = pieces.size();
        std::printf("%llu MiB, then %s\n", static_cast<unsigned long long>((count * kPiece) >> 20),
                    result_name(refused).c_str());
        std::fflush(stdout);
        write_last(gpu, pieces);
        for (VkDeviceMemory memory : pieces) vkFreeMemory(gpu.device(), memory, nullptr);
    }
    return taken[0] > 0 && taken[1] >= taken[0] ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-greedy", "Takes host-visible memory until it is refused, twice.");
    line.parse(argc, argv);
    return guarded(run);
}
