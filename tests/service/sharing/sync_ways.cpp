// Semaphores and fences that one process signals and the other waits for.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "sharing/side.h"

namespace vgpu::sharing {

namespace {

constexpr auto kSemaphore = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT;
constexpr auto kSemaphoreFile = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
constexpr auto kFence = VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT;
constexpr auto kFenceFile = VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;

bool is_readable(const UniqueFd& fd, int milliseconds) {
    pollfd poll{fd.get(), POLLIN, 0};
    return ::poll(&poll, 1, milliseconds) == 1;
}

// Each queue waits for the other one's number and signals the next: all submitted long before.
void play(const Side& side, const Semaphore& ball, std::uint64_t first) {
    for (std::uint32_t i = 0; i < side.rounds; ++i) {
        const std::uint64_t value = first + 2 * i;
        check(side.submit(
            {.wait = ball, .wait_value = value, .signal = ball, .signal_value = value + 1}));
        if (i % 64 == 63) check(side.wait(ball, value + 1));
    }
    side.idle();
}

void serve(const Side& side) {
    const Semaphore ball = side.semaphore(true, kSemaphore, 7);
    side.peer.send_fd(side.export_semaphore(ball));
    expect(side.value(ball) == 7, "A shared timeline begins with its initial value.");
    side.peer.meet();
    const auto began = std::chrono::steady_clock::now();
    check(side.signal(ball, 8));
    play(side, ball, 9);
    const std::uint64_t last = 8 + 2 * std::uint64_t{side.rounds};
    expect(side.value(ball) == last, "Both see the same counter in the end.");
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
    std::printf("# %u turns of %.0f us\n", 2 * side.rounds, took.count() / (2 * side.rounds));
    std::fflush(stdout);
    side.peer.meet();
}

void return_serve(const Side& side) {
    UniqueFd fd = side.peer.receive_fd();
    const Semaphore ball = side.semaphore(true, 0);
    check(side.import_semaphore(ball, fd));
    expect(side.value(ball) == 7, "An imported timeline has the exporter's counter.");
    expect(side.wait(ball, 8, 1'000'000) == VK_TIMEOUT, "Nobody has signalled yet.");
    side.peer.meet();
    play(side, ball, 8);
    side.peer.meet();
    expect(side.value(ball) == 8 + 2 * std::uint64_t{side.rounds}, "The counter is the last one.");
}

// Turns of the processors: every wait begins before its signal.
void host_turns(const Side& side, const Semaphore& ball, std::uint64_t first) {
    for (std::uint32_t i = 0; i < side.rounds; ++i) {
        check(side.wait(ball, first + 2 * i));
        check(side.signal(ball, first + 2 * i + 1));
    }
}

void serve_by_hand(const Side& side) {
    const Semaphore ball = side.semaphore(true, kSemaphore);
    side.peer.send_fd(side.export_semaphore(ball));
    check(side.signal(ball, 1));
    host_turns(side, ball, 2);
    side.peer.meet();
}

void return_by_hand(const Side& side) {
    UniqueFd fd = side.peer.receive_fd();
    const Semaphore ball = side.semaphore(true, 0);
    check(side.import_semaphore(ball, fd));
    host_turns(side, ball, 1);
    side.peer.meet();
}

void signal_fence(const Side& side) {
    const Fence fence = side.fence(kFence);
    side.peer.send_fd(side.export_fence(fence));
    side.peer.meet();
    for (std::uint32_t i = 0; i < side.rounds; ++i) {
        check(side.submit({.fence = fence}));
        check(side.wait(fence));
        side.peer.meet();  // the other one has waited too
        side.peer.meet();  // and reset it
        expect(vkGetFenceStatus(side.gpu.device(), fence) == VK_NOT_READY,
               "The other process's reset is seen.");
        side.peer.meet();
    }
    const Fence signalled = side.fence(kFence, VK_FENCE_CREATE_SIGNALED_BIT);
    side.peer.send_fd(side.export_fence(signalled));
    side.peer.meet();
}

void wait_for_fence(const Side& side) {
    UniqueFd fd = side.peer.receive_fd();
    const Fence fence = side.fence(0);
    check(side.import_fence(fence, fd));
    expect(vkGetFenceStatus(side.gpu.device(), fence) == VK_NOT_READY, "Nothing was submitted.");
    side.peer.meet();
    for (std::uint32_t i = 0; i < side.rounds; ++i) {
        check(side.wait(fence));
        side.peer.meet();
        check(vkResetFences(side.gpu.device(), 1, fence.address()));
        side.peer.meet();
        side.peer.meet();
    }
    UniqueFd signalled = side.peer.receive_fd();
    check(side.import_fence(fence, signalled, VK_FENCE_IMPORT_TEMPORARY_BIT));
    check(vkGetFenceStatus(side.gpu.device(), fence));
    check(vkResetFences(side.gpu.device(), 1, fence.address()));
    expect(vkGetFenceStatus(side.gpu.device(), fence) == VK_NOT_READY,
           "A reset brings the permanent payload back.");
    side.peer.meet();
}

// Work that ends when the gate is opened; its end goes over as a sync file.
void send_files(const Side& side) {
    const Semaphore gate = side.semaphore(true, 0), done = side.semaphore(false, kSemaphoreFile);
    const Fence fence = side.fence(kFenceFile);
    for (std::uint32_t i = 1; i <= side.rounds; ++i) {
        check(side.submit({.wait = gate, .wait_value = i, .signal = done, .fence = fence}));
        UniqueFd file = side.export_semaphore(done, kSemaphoreFile);
        UniqueFd fence_file = side.export_fence(fence, kFenceFile);
        expect(file && fence_file, "A sync file of pending work is a descriptor.");
        expect(!is_readable(file, 0) && !is_readable(fence_file, 0),
               "A sync file polls unreadable while the work is pending.");
        side.peer.send_fd(file);
        side.peer.send_fd(fence_file);
        side.peer.meet();
        check(side.signal(gate, i));
        expect(is_readable(file, 60'000) && is_readable(fence_file, 60'000),
               "A sync file polls readable when the work is done.");
        side.peer.meet();
        side.idle();
        expect(vkGetFenceStatus(side.gpu.device(), fence) == VK_NOT_READY,
               "A sync file takes the fence's payload along.");
        check(vkResetFences(side.gpu.device(), 1, fence.address()));
    }
    // Of what is done there is none.
    check(side.submit({.signal = done, .fence = fence}));
    check(side.wait(fence));
    side.idle();
    expect(!side.export_fence(fence, kFenceFile), "What has signalled exports as -1.");
    expect(!side.export_semaphore(done, kSemaphoreFile), "What has signalled exports as -1.");
}

void take_files(const Side& side) {
    const Semaphore imported = side.semaphore(false, 0);
    const Fence fence = side.fence(0), done = side.fence(0);
    for (std::uint32_t i = 1; i <= side.rounds; ++i) {
        UniqueFd file = side.peer.receive_fd();
        UniqueFd fence_file = side.peer.receive_fd();
        check(side.import_semaphore(imported, file, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT,
                                    kSemaphoreFile));
        check(side.import_fence(fence, fence_file, VK_FENCE_IMPORT_TEMPORARY_BIT, kFenceFile));
        check(side.submit({.wait = imported, .fence = done}));
        expect(side.wait(done, 1'000'000) == VK_TIMEOUT, "The queue waits for the sync file.");
        expect(vkGetFenceStatus(side.gpu.device(), fence) == VK_NOT_READY, "So does the fence.");
        side.peer.meet();
        check(side.wait(done));
        check(side.wait(fence));
        const VkFence both[] = {fence, done};
        check(vkResetFences(side.gpu.device(), 2, both));
        side.peer.meet();
    }
    // Without a file it is as if it had signalled.
    UniqueFd none;
    check(side.import_semaphore(imported, none, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, kSemaphoreFile));
    check(side.submit({.wait = imported, .fence = done}));
    check(side.wait(done));
    UniqueFd none_again;
    check(side.import_fence(fence, none_again, VK_FENCE_IMPORT_TEMPORARY_BIT, kFenceFile));
    check(vkGetFenceStatus(side.gpu.device(), fence));
}

// Dies with work pending whose end the other one waits for in three ways.
void die(const Side& side) {
    const Semaphore gate = side.semaphore(true, 0), done = side.semaphore(false, kSemaphore);
    const Semaphore counter = side.semaphore(true, kSemaphore),
                    file = side.semaphore(false, kSemaphoreFile);
    const Fence fence = side.fence(kFence);
    side.peer.send_fd(side.export_fence(fence));
    side.peer.send_fd(side.export_semaphore(done));
    side.peer.send_fd(side.export_semaphore(counter));
    check(side.submit({.wait = gate, .wait_value = 1, .signal = done, .fence = fence}));
    check(side.submit({.signal = counter, .signal_value = 5}));
    check(side.submit({.signal = file}));
    side.peer.send_fd(side.export_semaphore(file, kSemaphoreFile));
    side.peer.send(static_cast<std::uint64_t>(::getpid()));
    ::pause();
}

void outlive(const Side& side) {
    UniqueFd fds[] = {side.peer.receive_fd(), side.peer.receive_fd(), side.peer.receive_fd(),
                      side.peer.receive_fd()};
    const Fence fence = side.fence(0), own = side.fence(0);
    const Semaphore done = side.semaphore(false, 0), counter = side.semaphore(true, 0),
                    file = side.semaphore(false, 0);
    check(side.import_fence(fence, fds[0]));
    check(side.import_semaphore(done, fds[1]));
    check(side.import_semaphore(counter, fds[2]));
    check(side.import_semaphore(file, fds[3], VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, kSemaphoreFile));
    const auto owner = static_cast<int>(side.peer.receive());
    check(side.submit({.wait = done}));
    check(side.submit({.wait = file, .fence = own}));
    std::printf("ready %d\n", owner);
    std::fflush(stdout);
    check(side.wait(fence));
    check(side.wait(counter, 5));
    check(side.wait(own));
    side.idle();
    std::puts("went on");
    std::fflush(stdout);
}

}  // namespace

void add_sync_ways(std::map<std::string, Way>& ways) {
    ways["timeline"] = {serve, return_serve};
    ways["timeline-host"] = {serve_by_hand, return_by_hand};
    ways["fence"] = {signal_fence, wait_for_fence};
    ways["sync-file"] = {send_files, take_files};
    ways["deaths"] = {die, outlive, false};
}

}  // namespace vgpu::sharing
