// Shows that waits end when they should: done, timed out, or the host is gone; and sleep between.
#include "icd/waiter.h"

#include <sys/resource.h>

#include <random>

#include "icd/call.h"
#include "icd/post.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/icd/ring_host.h"

namespace vgpu::icd::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr std::uint16_t kRecord = 1000;

void post_status(Context& context, std::uint32_t slot, std::uint32_t value) {
    Post post(context, kSetStatus, Place::Ordered);
    post.writer().u32(slot);
    post.writer().u32(value);
}

auto reaches(Context& context, std::uint32_t slot, std::uint32_t value) {
    return [&context, slot, value] { return context.status(slot).load() >= value; };
}

long voluntary_switches() {
    rusage usage;
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

// Kills the host while `work` runs, and gives it ten seconds to end.
template <typename Work>
void dies_during(RingHost& host, Work&& work) {
    std::thread killer([&] {
        std::this_thread::sleep_for(50ms);
        host.kill();
    });
    const auto begin = Clock::now();
    work();
    CHECK(Clock::now() - begin < 10s);
    killer.join();
}

TEST_CASE("a wait ends when the host has done it") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    for (std::uint32_t i = 1; i < 500; ++i) {
        post_status(context, slot, i);
        REQUIRE(context.wait_until(reaches(context, slot, i), 10s));
    }
}

TEST_CASE("a wait for what does not happen ends when its time is over and sleeps meanwhile") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    CHECK_FALSE(context.wait_until(reaches(context, slot, 1), 0ns));
    const auto begin = Clock::now();
    const long before = voluntary_switches();
    CHECK_FALSE(context.wait_until(reaches(context, slot, 1), 300ms));
    CHECK(Clock::now() - begin >= 300ms);
    CHECK(voluntary_switches() - before <= 8);  // yields, and one sleep
    CHECK_FALSE(context.lost());
}

TEST_CASE("times too long for the clock wait without end") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    std::thread later([&] {
        std::this_thread::sleep_for(30ms);
        post_status(context, slot, 1);
        context.publish_all();
    });
    CHECK(context.wait_until(reaches(context, slot, 1), std::chrono::nanoseconds::max()));
    later.join();
}

TEST_CASE("many waiting threads each wake for their own") {
    RingHost host;
    Context context(host.guest());
    constexpr std::uint32_t kThreads = 8, kRounds = 60;
    std::vector<std::uint32_t> slots;
    for (std::uint32_t t = 0; t < kThreads; ++t) slots.push_back(*context.take_status_slot());
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint32_t round = 1; round <= kRounds; ++round)
                failed += !context.wait_until(reaches(context, slots[t], round),
                                              t % 2 == 0 ? std::optional(60s) : std::nullopt);
        });
    }
    std::mt19937 random(9);
    for (std::uint32_t round = 1; round <= kRounds; ++round) {
        for (std::uint32_t t = 0; t < kThreads; ++t) {
            post_status(context, slots[(t + round) % kThreads], round);
            if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
            context.publish_all();
        }
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(failed == 0);
    CHECK(host.control().guest_waits == 0);
}

TEST_CASE("a waiting thread looks again when this guest itself changed something") {
    RingHost host;
    Context context(host.guest());
    std::atomic<int> value{0};
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back(
            [&] { failed += !context.wait_until([&] { return value == 1; }, 10s); });
    }
    std::this_thread::sleep_for(30ms);
    value = 1;
    context.wake_waiting();
    for (std::thread& thread : threads) thread.join();
    CHECK(failed == 0);
}

TEST_CASE("the host's death ends every kind of wait") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    Post(context, kNote, Place::Ordered).send();
    SECTION("for a slot, in many threads") {
        dies_during(host, [&] {
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; ++i) {
                threads.emplace_back([&] {
                    VGPU_CHECK(!context.wait_until(reaches(context, slot, 1), std::nullopt));
                });
            }
            for (std::thread& thread : threads) thread.join();
        });
    }
    SECTION("for a reply") {
        dies_during(host, [&] {
            Call call(context, kNoReply);
            CHECK(call.wait() == nullptr);
        });
    }
    SECTION("for room in a ring") {
        host.hold();
        dies_during(host, [&] {
            for (int i = 0; i < 20'000; ++i) {
                Post post(context, kRecord, Place::Recorded);
                for (int word = 0; word < 10; ++word) post.writer().u32(7);
            }
        });
    }
    SECTION("for room for a long record") {
        host.hold();
        dies_during(host, [&] {
            Post post(context, kNote, Place::Ordered);
            const std::vector<std::uint8_t> bytes(1 << 20);
            post.writer().raw(bytes.data(), bytes.size());
        });
    }
    SECTION("in polls") {
        dies_during(host, [&] {
            while (!context.lost_now()) std::this_thread::yield();
        });
    }
    CHECK(context.lost());
    // From now on nothing waits, and nothing breaks.
    for (int i = 0; i < 20'000; ++i) {
        Post post(context, kNote, Place::Ordered);
        for (int word = 0; word < 10; ++word) post.writer().u32(7);
    }
    {
        Post post(context, kNote, Place::Ordered);
        const std::vector<std::uint8_t> bytes(1 << 20);
        post.writer().raw(bytes.data(), bytes.size());
    }
    Call call(context, kEcho);
    CHECK(call.wait() == nullptr);
    CHECK_FALSE(context.wait_until(reaches(context, slot, 1), std::nullopt));
    CHECK(context.new_id() != 0);
    context.order_after_all_channels();
}

TEST_CASE("a loss that the host tells ends waits and is found by polls") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    CHECK_FALSE(context.lost_now());
    SECTION("in a wait") {
        std::thread later([&] {
            std::this_thread::sleep_for(30ms);
            host.mark_lost(ring::LostReason::DriverLost);
        });
        CHECK_FALSE(context.wait_until(reaches(context, slot, 1), std::nullopt));
        later.join();
    }
    SECTION("in the next poll") {
        host.mark_lost(ring::LostReason::LimitExceeded);
        CHECK(context.lost_now());
    }
    CHECK(context.lost());
}

TEST_CASE("what is done counts although the context is lost") {
    RingHost host;
    Context context(host.guest());
    host.mark_lost(ring::LostReason::ServiceStopped);
    CHECK(context.wait_until([] { return true; }, std::nullopt));
    CHECK(context.lost_now());
}

TEST_CASE("marking the context lost ends the waits of other threads") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back(
            [&] { VGPU_CHECK(!context.wait_until(reaches(context, slot, 1), std::nullopt)); });
    }
    std::this_thread::sleep_for(30ms);
    context.mark_lost();
    for (std::thread& thread : threads) thread.join();
    CHECK(context.lost());
}

TEST_CASE("a poll that goes on long enough makes everybody's records visible") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    post_status(context, slot, 1);
    const auto begin = Clock::now();
    while (context.status(slot).load() != 1 && Clock::now() - begin < 10s) context.lost_now();
    CHECK(context.status(slot).load() == 1);
}

}  // namespace
}  // namespace vgpu::icd::test
