// Starts and joins threads, and submits for them.
#include "threads/team.h"

#include <exception>
#include <limits>
#include <thread>
#include <vector>

namespace vgpu::programs {

void run_team(std::uint32_t count, const std::function<void(std::uint32_t)>& work) {
    std::mutex mutex;
    std::exception_ptr first_error;
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            try {
                work(i);
            } catch (...) {
                std::lock_guard lock(mutex);
                if (!first_error) first_error = std::current_exception();
            }
        });
    for (std::thread& thread : threads) thread.join();
    if (first_error) std::rethrow_exception(first_error);
}

void SharedQueue::submit(VkCommandBuffer commands, VkFence fence) {
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.commandBufferCount = 1;
    info.pCommandBuffers = &commands;
    std::lock_guard lock(mutex_);
    check(vkQueueSubmit(gpu_.queue(), 1, &info, fence));
}

void SharedQueue::run(VkCommandBuffer commands) {
    const Fence done = make_fence(gpu_);
    submit(commands, done);
    wait_for(gpu_, done);
}

Fence make_fence(const Gpu& gpu) {
    return Fence(gpu.device(), VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
}

void wait_for(const Gpu& gpu, VkFence fence) {
    check(vkWaitForFences(gpu.device(), 1, &fence, VK_TRUE,
                          std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace vgpu::programs
