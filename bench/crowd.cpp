// Rows: many contexts at once, of which all, some or none do anything.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include "clients.h"
#include "frame_loop.h"
#include "processes.h"
#include "rows.h"

namespace vgpu::bench {

namespace {

constexpr std::uint32_t kDrawsOfAMember = 100;
constexpr std::chrono::milliseconds kFallAsleep{300};

// Wake-ups of all processes but for this one's own sleep.
double wakeups_in(double seconds) {
    const ProcessGroup group = ProcessGroup::of_parent();
    const std::uint64_t before = group.wakeups();
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    return static_cast<double>(group.wakeups() - before) - 1;
}

// Lets the first `busy` clients go. All their frames over the time that all of them took; beside it
// the middle one of their median latencies, and the worst of their 99th percentiles.
Result let_go(const Clients& clients, std::uint32_t busy) {
    const double start = now_seconds();
    for (std::uint32_t i = 0; i < busy; ++i) clients[i]->start();
    Result sum;
    std::vector<double> medians;
    for (std::uint32_t i = 0; i < busy; ++i) {
        const Result one = clients[i]->result();
        sum.value += one.more.at("frames");
        medians.push_back(one.more.at("p50"));
        sum.more["p99"] = std::max(sum.more["p99"], one.more.at("p99"));
    }
    sum.value /= now_seconds() - start;
    sum.more["p50"] = median(std::move(medians));
    return sum;
}

}  // namespace

// One of a crowd: frames of 100 draws, each waited for. Frames a second, and the microseconds from
// a frame's first command until its fence is known to have come.
Result crowd_member(const Options& options) {
    const Session session;
    FrameLoop loop(session, kDrawsOfAMember);
    std::vector<double> samples;
    const auto frame = [&] {
        loop.next();
        loop.finish();
    };
    for (int i = 0; i < 10; ++i) frame();
    if (!wait_for_start(options)) return {};
    const double start = now_seconds();
    samples = sample_us(options.seconds, frame);
    const double took = now_seconds() - start;
    return {static_cast<double>(samples.size()) / took,
            {{"p50", median(samples)},
             {"p99", percentile(samples, 99)},
             {"frames", static_cast<double>(samples.size())}}};
}

// options.clients contexts, of which options.busy draw (0: all). Frames a second of all together;
// beside it their latencies, what a context takes of memory, and how often anything wakes up while
// all of them are idle.
Result crowd(const Options& options) {
    const std::uint32_t count = std::max(options.clients, 1u);
    const std::uint32_t busy = options.busy == 0 ? count : std::min(options.busy, count);
    const double memory_before = ProcessGroup::of_parent().mebibytes();
    const Clients clients = ready_clients("crowd_member", count, options.seconds);
    std::this_thread::sleep_for(kFallAsleep);
    const double memory = ProcessGroup::of_parent().mebibytes() - memory_before;
    const double wakeups = wakeups_in(options.seconds);
    Result result = let_go(clients, busy);
    result.more["clients"] = count;
    result.more["busy"] = busy;
    result.more["context_mib"] = memory / count;
    result.more["idle_wakeups"] = wakeups;
    return result;
}

// Mebibytes of one more context, its application included.
Result memory_context(const Options&) {
    constexpr std::uint32_t kMore = 4;
    const Clients first = ready_clients("crowd_member", 1, 0.1);
    std::this_thread::sleep_for(kFallAsleep);
    const double before = ProcessGroup::of_parent().mebibytes();
    const Clients more = ready_clients("crowd_member", kMore, 0.1);
    std::this_thread::sleep_for(kFallAsleep);
    return {(ProcessGroup::of_parent().mebibytes() - before) / kMore, {{"contexts", kMore}}};
}

// 60 Hz in one context beside options.clients - 1 that draw 1,000 draws a frame as fast as they
// can: microseconds from submit to done.
Result interactive(const Options& options) {
    const std::uint32_t others = std::max(options.clients, 2u) - 1;
    // They outlast the one that is measured.
    const Clients crowd = ready_clients("frames", others, options.seconds + 0.5);
    const Clients one = ready_clients("pace_60hz", 1, options.seconds);
    for (auto& client : crowd) client->start();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    one.front()->start();
    Result result = one.front()->result();
    result.more["beside"] = others;
    double frames = 0;
    for (auto& client : crowd) frames += client->result().value;
    result.more["others_fps"] = frames;
    return result;
}

}  // namespace vgpu::bench
