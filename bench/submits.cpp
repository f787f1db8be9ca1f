// Rows: how long a submit takes until the application knows that it is done.
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>

#include "common/kernel.h"
#include "nudge.h"
#include "rows.h"

namespace vgpu::bench {

namespace {

constexpr std::chrono::milliseconds kIdle{20};

VkCommandBuffer record_once(const Commands& pool,
                            const std::function<void(VkCommandBuffer)>& contents) {
    VkCommandBuffer commands = pool.allocate();
    begin(commands);
    contents(commands);
    check(vkEndCommandBuffer(commands));
    return commands;
}

}  // namespace

Result submit_empty(const Options& options) {
    const Session session;
    const Submitter submitter(session);
    return summary(sample_us(options.seconds, [&] { submitter.submit_and_wait(); }));
}

Result submit_command_buffer(const Options& options) {
    const Session session;
    const Submitter submitter(session);
    const Commands pool(session.gpu);
    VkCommandBuffer commands = record_once(pool, [](VkCommandBuffer) {});
    return summary(sample_us(options.seconds, [&] { submitter.submit_and_wait(commands); }));
}

Result submit_timeline(const Options& options) {
    const Session session;
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    const Semaphore timeline(session.gpu.device(),
                             VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
    std::uint64_t value = 0;
    VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    values.signalSemaphoreValueCount = 1;
    values.pSignalSemaphoreValues = &value;
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values};
    submit.signalSemaphoreCount = 1;
    submit.pSignalSemaphores = timeline.address();
    VkSemaphoreWaitInfo wait{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
    wait.semaphoreCount = 1;
    wait.pSemaphores = timeline.address();
    wait.pValues = &value;
    return summary(sample_us(options.seconds, [&] {
        ++value;
        check(session.calls.QueueSubmit(session.gpu.queue(), 1, &submit, VK_NULL_HANDLE));
        check(session.calls.WaitSemaphores(session.gpu.device(), &wait,
                                           std::numeric_limits<std::uint64_t>::max()));
    }));
}

// Both sides have gone to sleep before each submit.
Result submit_after_idle(const Options& options) {
    const Session session;
    const Submitter submitter(session);
    std::vector<double> samples;
    for (double end = now_seconds() + options.seconds; now_seconds() < end || samples.size() < 5;) {
        std::this_thread::sleep_for(kIdle);
        const double start = now_seconds();
        submitter.submit_and_wait();
        samples.push_back((now_seconds() - start) * 1e6);
    }
    return summary(samples);
}

Result dispatch(const Options& options) {
    const Session session;
    const Submitter submitter(session);
    const Commands pool(session.gpu);
    const BoundBuffer counter = mapped_storage(session.gpu, 1);
    const Kernel kernel(session.gpu, nudge, {counter});
    VkCommandBuffer commands = record_once(pool, [&](VkCommandBuffer recording) {
        kernel.bind(recording);
        vkCmdDispatch(recording, 1, 1, 1);
        memory_barrier(recording, kComputeStorage, kHostRead);
    });
    return summary(sample_us(options.seconds, [&] { submitter.submit_and_wait(commands); }));
}

// The host writes 4 KiB, the device copies it to its own memory and back, the host reads it.
Result roundtrip_4k(const Options& options) {
    constexpr VkDeviceSize kSize = 4096;
    const Session session;
    const Gpu& gpu = session.gpu;
    const Submitter submitter(session);
    const BoundBuffer up(gpu, kSize, VK_BUFFER_USAGE_TRANSFER_SRC_BIT, Placement::kUpload);
    const BoundBuffer device(gpu, kSize,
                             VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                             Placement::kDevice);
    const BoundBuffer down(gpu, kSize, VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack);
    const Commands pool(gpu);
    VkCommandBuffer commands = record_once(pool, [&](VkCommandBuffer recording) {
        const VkBufferCopy copy{0, 0, kSize};
        vkCmdCopyBuffer(recording, up, device, 1, &copy);
        memory_barrier(recording, kCopyTarget, kCopySource);
        vkCmdCopyBuffer(recording, device, down, 1, &copy);
        memory_barrier(recording, kCopyTarget, kHostRead);
    });
    std::vector<std::byte> sent(kSize), received(kSize);
    std::uint32_t round = 0;
    return summary(sample_us(options.seconds, [&] {
        std::memset(sent.data(), static_cast<int>(++round), kSize);
        up.write(sent);
        submitter.submit_and_wait(commands);
        std::memcpy(received.data(), down.mapped().data(), kSize);
        if (received != sent) throw std::runtime_error("What comes back is not what was sent.");
    }));
}

}  // namespace vgpu::bench
