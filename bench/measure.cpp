// Clocks, medians and the device of a row.
#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

namespace vgpu::bench {

Calls::Calls(const Gpu& gpu) {
#define CALL(name) name = gpu.load<PFN_vk##name>("vk" #name);
    VGPU_BENCH_CALLS(CALL)
#undef CALL
}

void Session::drain() const {
    Submitter(*this).submit_and_wait();
}

Submitter::Submitter(const Session& session)
    : session_(session),
      fence_(session.gpu.device(), VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO}) {}

void Submitter::submit_and_wait(VkCommandBuffer commands) const {
    const Calls& calls = session_.calls;
    const VkDevice device = session_.gpu.device();
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    submit.commandBufferCount = commands == VK_NULL_HANDLE ? 0 : 1;
    submit.pCommandBuffers = &commands;
    check(calls.QueueSubmit(session_.gpu.queue(), 1, &submit, fence_));
    check(calls.WaitForFences(device, 1, fence_.address(), VK_TRUE,
                              std::numeric_limits<std::uint64_t>::max()));
    check(calls.ResetFences(device, 1, fence_.address()));
}

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double percentile(std::vector<double> values, double percent) {
    const auto index =
        static_cast<std::size_t>(static_cast<double>(values.size() - 1) * percent / 100.0 + 0.5);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index),
                     values.end());
    return values[index];
}

double median(std::vector<double> values) {
    return percentile(std::move(values), 50);
}

std::vector<double> sample_us(double seconds, const std::function<void()>& once) {
    constexpr std::size_t kFewest = 10;
    for (std::size_t i = 0; i < kFewest; ++i) once();  // warm up
    std::vector<double> samples;
    const double end = now_seconds() + seconds;
    for (double start = now_seconds(); start < end || samples.size() < kFewest;) {
        once();
        const double stop = now_seconds();
        samples.push_back((stop - start) * 1e6);
        start = stop;
    }
    return samples;
}

double median_us_each(double seconds, std::uint32_t count, const std::function<void()>& batch) {
    return median(sample_us(seconds, batch)) / count;
}

Result summary(const std::vector<double>& microseconds) {
    return {median(microseconds), {{"p99", percentile(microseconds, 99)}}};
}

bool wait_for_start(const Options& options) {
    if (!options.wait_for_start) return true;
    std::puts("ready");
    std::fflush(stdout);
    while (true) {
        const int c = std::getchar();
        if (c == '\n' || c == EOF) return c == '\n';
    }
}

}  // namespace vgpu::bench
