// Rows: whole frames, as fast as they go and at 60 Hz.
#include <chrono>
#include <cstdint>
#include <thread>

#include "frame_loop.h"
#include "processes.h"
#include "rows.h"

namespace vgpu::bench {

namespace {

constexpr std::uint32_t kDrawsAFrame = 1000;
constexpr std::uint32_t kDrawsPaced = 100;
constexpr std::chrono::microseconds kFrameTime{16'667};

// Frames for `seconds`; returns how many, and how long they took.
std::pair<std::uint32_t, double> run_frames(FrameLoop& loop, double seconds) {
    const double start = now_seconds();
    std::uint32_t count = 0;
    while (now_seconds() < start + seconds || count < 4) {
        loop.next();
        ++count;
    }
    loop.finish();
    return {count, now_seconds() - start};
}

}  // namespace

// Frames a second: on a driver that draws, or under the null layer on one that does not.
Result frames(const Options& options) {
    const Session session;
    FrameLoop loop(session, kDrawsAFrame);
    run_frames(loop, options.seconds / 5);  // warm up
    if (!wait_for_start(options)) return {};
    const auto [count, took] = run_frames(loop, options.seconds);
    return {count / took};
}

// CPU of this process and of all that serve it, microseconds a frame.
Result frame_cpu(const Options& options) {
    const Session session;
    FrameLoop loop(session, kDrawsAFrame);
    run_frames(loop, options.seconds / 5);
    const ProcessGroup group = ProcessGroup::of_parent();
    const double before = group.cpu_seconds();
    const auto [count, took] = run_frames(loop, options.seconds);
    return {(group.cpu_seconds() - before) * 1e6 / count,
            {{"fps", count / took}, {"processes", static_cast<double>(group.size())}}};
}

// From the submit of a frame to its fence, with the rest of each sixtieth of a second idle.
Result pace_60hz(const Options& options) {
    const Session session;
    FrameLoop loop(session, kDrawsPaced);
    std::vector<double> samples;
    if (!wait_for_start(options)) return {};
    auto next_frame = std::chrono::steady_clock::now();
    for (double end = now_seconds() + options.seconds; now_seconds() < end || samples.size() < 5;) {
        next_frame += kFrameTime;
        std::this_thread::sleep_until(next_frame);
        const double start = now_seconds();
        loop.next();
        loop.finish();
        samples.push_back((now_seconds() - start) * 1e6);
    }
    return summary(samples);
}

}  // namespace vgpu::bench
