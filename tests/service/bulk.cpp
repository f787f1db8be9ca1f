// vgpu-bulk maps much memory at once, and lets host and GPU read all of what the other wrote.
//
// Half of it the host writes and the GPU copies to the other half, which the host reads; then the
// GPU writes the first half anew. Exits 0 when every word is right.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/program.h"

namespace {

using namespace vgpu::programs;

constexpr std::uint32_t kFilled = 0x600df111;

// Differs from word to word and from page to page.
std::uint32_t word_at(std::size_t index) {
    return static_cast<std::uint32_t>(index * 2654435761u + (index >> 10));
}

template <typename Expected>
bool holds(const BoundBuffer& buffer, const char* what, Expected expected) {
    const auto words = buffer.as<std::uint32_t>();
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == expected(i)) continue;
        std::printf("%s: octet %zu is of 0x%x, not 0x%x\n", what, i * 4, words[i], expected(i));
        return false;
    }
    std::printf("%s: %zu MiB are right\n", what, words.size_bytes() >> 20);
    return true;
}

int run(std::uint32_t mib) {
    const Instance instance(false);
    const Gpu gpu(instance, 0);
    const VkDeviceSize half = (VkDeviceSize{mib} << 20) / 2;
    constexpr VkBufferUsageFlags kUsage =
        VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    const BoundBuffer source(gpu, half, kUsage, Placement::kUpload);
    const BoundBuffer copy(gpu, half, kUsage, Placement::kReadBack);
    std::printf("%u MiB are mapped\n", mib);
    std::fflush(stdout);
    const auto words = source.as<std::uint32_t>();
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = word_at(i);
    run_once(gpu, [&](VkCommandBuffer commands) {
        memory_barrier(commands, kHostWrite, kCopySource);
        const VkBufferCopy all{0, 0, half};
        vkCmdCopyBuffer(commands, source, copy, 1, &all);
        memory_barrier(commands, kCopySource, kCopyTarget);
        vkCmdFillBuffer(commands, source, 0, half, kFilled);
        memory_barrier(commands, kCopyTarget, kHostRead);
    });
    const bool copied = holds(copy, "what the host wrote and the GPU copied", word_at);
    const bool filled = holds(source, "what the GPU wrote", [](std::size_t) { return kFilled; });
    return copied && filled ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-bulk", "Maps MIB of memory; host and GPU read what the other wrote.");
    const std::string& mib = line.operand("MIB", "how much, both buffers together");
    line.parse(argc, argv);
    return guarded([&] { return run(static_cast<std::uint32_t>(std::atoi(mib.c_str()))); });
}
