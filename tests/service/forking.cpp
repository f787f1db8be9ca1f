// vgpu-forking forks while it uses a device: the child must neither use it nor end it.
//
// WAY exit: the child destroys all it has inherited and exits; the parent then draws on.
// WAY stay: the parent prints the child's process id and dies; the child lives on.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/program.h"

namespace {

using namespace vgpu::programs;

constexpr VkDeviceSize kBytes = 65536;

// As an application's globals, which exit() destroys in the child too.
std::unique_ptr<Instance> instance;
std::unique_ptr<Gpu> gpu;
std::unique_ptr<Commands> commands;
std::unique_ptr<BoundBuffer> target;

// Whether the buffer holds, on the device, what it was filled with.
bool fill(std::uint32_t value) {
    run_once(*gpu, [&](VkCommandBuffer buffer) {
        vkCmdFillBuffer(buffer, target->get(), 0, kBytes, value);
        memory_barrier(buffer, kCopyTarget, kCopySource);
    });
    const std::vector<std::byte> seen = read_buffer(*gpu, target->get(), kBytes);
    std::uint32_t word;
    std::memcpy(&word, seen.data() + kBytes - sizeof word, sizeof word);
    return word == value;
}

[[noreturn]] void be_the_child() {
    const VkResult result = vkQueueSubmit(gpu->queue(), 0, nullptr, VK_NULL_HANDLE);
    const VkResult idle = vkDeviceWaitIdle(gpu->device());
    std::exit(result == VK_ERROR_DEVICE_LOST && idle == VK_ERROR_DEVICE_LOST ? 0 : 1);
}

int exit_in_the_child() {
    for (std::uint32_t round = 1; round <= 20; ++round) {
        const pid_t child = ::fork();
        if (child == 0) be_the_child();
        const bool drawn = fill(round);
        int status = -1;
        ::waitpid(child, &status, 0);
        if (status != 0) std::printf("The child of round %u ends with %d.\n", round, status);
        if (!drawn || !fill(round + 1000)) std::printf("Round %u is not drawn.\n", round);
        if (status != 0) return kExitFail;
    }
    std::puts("drawn");
    return kExitPass;
}

int stay_in_the_child() {
    const pid_t child = ::fork();
    if (child == 0) {
        for (;;) ::pause();
    }
    std::printf("%d\n", child);
    std::fflush(stdout);
    ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-forking", "Forks while it uses a device.");
    const std::string& way = line.operand("WAY", "exit or stay");
    line.parse(argc, argv);
    return guarded([&] {
        instance = std::make_unique<Instance>(false);
        gpu = std::make_unique<Gpu>(*instance, 0);
        commands = std::make_unique<Commands>(*gpu);
        target = std::make_unique<BoundBuffer>(
            *gpu, kBytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
            Placement::kDevice);
        return way == "stay" ? stay_in_the_child() : exit_in_the_child();
    });
}
