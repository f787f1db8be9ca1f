// Rows: what recording costs the application's thread, and a command from end to end.
#include <cstdint>

#include "frame_loop.h"
#include "rows.h"

namespace vgpu::bench {

namespace {

// Few enough that they fit into a ring: a full one would measure the other side.
constexpr std::uint32_t kPairsInBurst = 1000;
constexpr std::uint32_t kPairsEndToEnd = 100'000;

}  // namespace

Result record(const Options& options) {
    const Session session;
    const FrameLoop loop(session, 1);
    const Commands pool(session.gpu);
    VkCommandBuffer commands = pool.allocate();
    std::vector<double> nanoseconds;
    for (double end = now_seconds() + options.seconds;
         now_seconds() < end || nanoseconds.size() < 10;) {
        begin(commands);
        loop.begin_pass(commands);
        session.drain();
        const double start = now_seconds();
        loop.record_pairs(commands, kPairsInBurst);
        nanoseconds.push_back((now_seconds() - start) * 1e9 / (2 * kPairsInBurst));
        session.calls.CmdEndRenderPass(commands);
        check(vkEndCommandBuffer(commands));
        session.drain();
    }
    return {median(nanoseconds)};
}

// Records, submits and waits for 200,000 commands. Says something only under the null layer.
Result null_command(const Options& options) {
    const Session session;
    const FrameLoop loop(session, 1);
    const Submitter submitter(session);
    const Commands pool(session.gpu);
    VkCommandBuffer commands = pool.allocate();
    std::vector<double> nanoseconds;
    for (double end = now_seconds() + options.seconds;
         now_seconds() < end || nanoseconds.size() < 3;) {
        const double start = now_seconds();
        begin(commands);
        loop.begin_pass(commands);
        loop.record_pairs(commands, kPairsEndToEnd);
        session.calls.CmdEndRenderPass(commands);
        check(vkEndCommandBuffer(commands));
        submitter.submit_and_wait(commands);
        nanoseconds.push_back((now_seconds() - start) * 1e9 / (2 * kPairsEndToEnd));
    }
    return {median(nanoseconds)};
}

}  // namespace vgpu::bench
