// Measures a post and a call; run it with "[speed]" in a release build.
#include <cstdio>

#include "icd/call.h"
#include "icd/post.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/icd/ring_host.h"

namespace vgpu::icd::test {
namespace {

using Clock = std::chrono::steady_clock;

double nanoseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

TEST_CASE("what a post and a call cost", "[.][speed]") {
    RingHost host;
    host.discards = true;
    {
        Context context(host.guest());
        Post(context, kNote, Place::Ordered).send();
        Channel& channel = context.channel();
        for (const Place place : {Place::Recorded, Place::Ordered}) {
            double best = 1e9;
            for (int round = 0; round < 20; ++round) {
                // Fits into the ring: the cost of the encode alone, beside a draining consumer.
                const auto begin = Clock::now();
                for (std::uint32_t i = 0; i < 4000; ++i) {
                    Post post(channel, 1000, place);
                    wire::Writer& writer = post.writer();
                    writer.u64(i);
                    writer.u32(3);
                    writer.u32(1);
                    writer.u32(0);
                    writer.u32(i);
                }
                best = std::min(best, nanoseconds_since(begin) / 4000);
                context.publish_all();
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
            }
            std::printf("%s post of 32 bytes, best of bursts: %.1f ns\n",
                        place == Place::Recorded ? "recorded" : "ordered", best);
        }
        constexpr int kPosts = 20'000'000;
        const auto begin = Clock::now();
        for (std::uint32_t i = 0; i < kPosts; ++i) {
            Post post(channel, 1000, Place::Recorded);
            wire::Writer& writer = post.writer();
            writer.u64(i);
            writer.u32(3);
            writer.u32(1);
            writer.u32(0);
            writer.u32(i);
        }
        std::printf("recorded post of 32 bytes, sustained: %.1f ns\n",
                    nanoseconds_since(begin) / kPosts);
    }
    RingHost echo;
    Context context(echo.guest());
    constexpr int kCalls = 20'000;
    const auto begin = Clock::now();
    for (std::uint32_t i = 0; i < kCalls; ++i) {
        Call call(context, kEcho);
        call.writer().u32(i);
        REQUIRE(call.wait() != nullptr);
    }
    std::printf("call: %.0f ns, %.0f a second\n", nanoseconds_since(begin) / kCalls,
                1e9 * kCalls / nanoseconds_since(begin));
}

}  // namespace
}  // namespace vgpu::icd::test
