// Sums, compared with what stands there.
#include "gpud/xen_stats.h"

#include <algorithm>
#include <utility>

namespace vgpu::gpud {

namespace {

constexpr std::chrono::seconds kOften{1};
constexpr std::chrono::seconds kSeldom{64};

}  // namespace

XenStats::XenStats(daemon::EventLoop& loop, transport::xen::Xenstore& store, std::string directory,
                   worker::AccountPage& account)
    : loop_(loop), store_(store), directory_(std::move(directory)), account_(account) {}

XenStats::~XenStats() {
    loop_.cancel(timer_);
}

void XenStats::context_began() {
    ++contexts_;
    ++started_;
    look_in(kOften);
}

void XenStats::context_lives_on() {
    ++contexts_;
    look_in(kOften);
}

void XenStats::context_ended(std::uint32_t line, bool by_itself) {
    --contexts_;
    if (by_itself) ++restarts_;
    worker::AccountLine& ended = account_.lines[line];
    submissions_ += ended.submissions.exchange(0);
    frames_ += ended.frames.exchange(0);
    bytes_ += ended.command_bytes.exchange(0);
    busy_ns_ += ended.busy_ns.exchange(0);
    refused_shaders_ += ended.refused_shaders.exchange(0);
    ended.memory_bytes = 0;
    ended.shared_bytes = 0;
    look_in(kOften);
}

void XenStats::look_in(std::chrono::seconds time) {
    interval_ = time;
    loop_.cancel(timer_);
    timer_ = loop_.call_at(daemon::EventLoop::Clock::now() + time, [this] {
        timer_ = 0;
        look();
    });
}

void XenStats::look() {
    const bool changed = write();
    if (contexts_ != 0) look_in(changed ? kOften : std::min(2 * interval_, kSeldom));
}

// Whether anything changed.
bool XenStats::write() {
    std::uint64_t memory = 0, submissions = submissions_, frames = frames_, bytes = bytes_,
                  busy_ns = busy_ns_, refused_shaders = refused_shaders_;
    const std::uint32_t used = std::min(account_.lines_used.load(), worker::kAccountLines);
    for (std::uint32_t i = 0; i < used; ++i) {
        const worker::AccountLine& line = account_.lines[i];
        memory += line.memory_bytes.load(std::memory_order_relaxed);
        submissions += line.submissions.load(std::memory_order_relaxed);
        frames += line.frames.load(std::memory_order_relaxed);
        bytes += line.command_bytes.load(std::memory_order_relaxed);
        busy_ns += line.busy_ns.load(std::memory_order_relaxed);
        refused_shaders += line.refused_shaders.load(std::memory_order_relaxed);
    }
    const std::map<std::string, std::uint64_t> now{{"contexts", contexts_},
                                                   {"contexts-started", started_},
                                                   {"restarts", restarts_},
                                                   {"submissions", submissions},
                                                   {"frames", frames},
                                                   {"bytes", bytes},
                                                   {"memory-bytes", memory},
                                                   {"gpu-time-us", busy_ns / 1000},
                                                   {"shaders-refused", refused_shaders}};
    // What is written to a directory that the toolstack has just removed would make another.
    if (!store_.exists(directory_ + "/frontend")) return false;
    bool changed = false;
    for (const auto& [name, value] : now) {
        const auto before = written_.find(name);
        if (before != written_.end() && before->second == value) continue;
        changed = true;
        store_.write(directory_ + "/stats/" + name, std::to_string(value));
    }
    written_ = now;
    return changed;
}

}  // namespace vgpu::gpud
