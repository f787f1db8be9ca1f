// The order of commands over several channels, raced by real threads.
#include "worker/sequencer.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/catch.h"

using vgpu::worker::Sequencer;

namespace {

// Runs places first+1 .. first+count, dealt to `channels` threads in an uneven way; each thread
// takes its own in rising order, as a channel does. Returns the order in which they ran.
std::vector<std::uint32_t> run_places(std::uint32_t first, std::uint32_t count, int channels) {
    Sequencer sequencer(first);
    std::vector<std::uint32_t> ran;  // guarded by the sequencer: that is the claim
    std::vector<std::thread> threads;
    for (int channel = 0; channel < channels; ++channel) {
        threads.emplace_back([&, channel] {
            for (std::uint32_t i = 1; i <= count; ++i) {
                if (static_cast<int>((i * i + i / 7) % channels) != channel) continue;
                if (sequencer.enter(first + i) != Sequencer::Turn::Go) return;
                ran.push_back(first + i);
                sequencer.leave(first + i);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    return ran;
}

}  // namespace

TEST_CASE("ordered commands of several channels run in their order, one at a time") {
    const int channels = GENERATE(1, 2, 5);
    const std::vector<std::uint32_t> ran = run_places(0, 4000, channels);
    REQUIRE(ran.size() == 4000);
    for (std::uint32_t i = 0; i < 4000; ++i) REQUIRE(ran[i] == i + 1);
}

TEST_CASE("the order goes on over 2^32") {
    const std::uint32_t first = 0xffff'ff00;
    const std::vector<std::uint32_t> ran = run_places(first, 600, 3);
    REQUIRE(ran.size() == 600);
    for (std::uint32_t i = 0; i < 600; ++i) REQUIRE(ran[i] == first + i + 1);
}

TEST_CASE("a place that has run is found out when it comes again") {
    Sequencer sequencer;
    REQUIRE(sequencer.enter(1) == Sequencer::Turn::Go);
    sequencer.leave(1);
    CHECK(sequencer.enter(1) == Sequencer::Turn::Used);
    CHECK(sequencer.enter(0) == Sequencer::Turn::Used);
    CHECK(sequencer.enter(2) == Sequencer::Turn::Go);
    CHECK(sequencer.enter(2) == Sequencer::Turn::Used);
}

TEST_CASE("of two channels that claim one place only one gets through") {
    for (int round = 0; round < 300; ++round) {
        Sequencer sequencer;
        std::atomic<int> through{0};
        std::atomic<int> found_out{0};
        const auto claim = [&] {
            const Sequencer::Turn turn = sequencer.enter(2);
            if (turn == Sequencer::Turn::Go) through.fetch_add(1);
            if (turn == Sequencer::Turn::Used) found_out.fetch_add(1);
        };
        std::thread a(claim);
        std::thread b(claim);
        REQUIRE(sequencer.enter(1) == Sequencer::Turn::Go);
        sequencer.leave(1);
        a.join();
        b.join();
        REQUIRE(through.load() == 1);
        REQUIRE(found_out.load() == 1);
    }
}

TEST_CASE("a recorded command waits for the place that it names, asleep too") {
    Sequencer sequencer;
    CHECK(sequencer.wait_order(0));
    int value = 0;  // written before leave(), read after wait_order(): guarded by them alone
    bool waited = false;
    int seen = 0;
    std::thread waiter([&] {
        waited = sequencer.wait_order(1);
        seen = value;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that it blocks, mostly
    REQUIRE(sequencer.enter(1) == Sequencer::Turn::Go);
    value = 7;
    sequencer.leave(1);
    waiter.join();
    CHECK(waited);
    CHECK(seen == 7);
}

TEST_CASE("a channel waits for another one's position") {
    Sequencer sequencer;
    int value = 0;
    bool waited = false;
    int seen = 0;
    std::thread waiter([&] {
        waited = sequencer.wait_position(3, 64);
        seen = value;
    });
    sequencer.set_position(3, 8);
    sequencer.set_position(4, 640);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    value = 9;
    sequencer.set_position(3, 72);
    waiter.join();
    CHECK(waited);
    CHECK(seen == 9);
}

TEST_CASE("two channels that await each other in turn never miss a wake") {
    Sequencer sequencer;
    constexpr std::uint64_t kRounds = 20000;
    const auto play = [&](std::uint32_t mine, std::uint32_t other, std::uint64_t lead) {
        for (std::uint64_t i = 1; i <= kRounds; ++i) {
            if (!sequencer.wait_position(other, i - lead)) return;
            sequencer.set_position(mine, i);
        }
    };
    std::thread a(play, 0, 1, 1);
    std::thread b(play, 1, 0, 0);
    a.join();
    b.join();
    CHECK(sequencer.wait_position(0, kRounds));
    CHECK(sequencer.wait_position(1, kRounds));
}

TEST_CASE("stop ends every wait, present and later") {
    Sequencer sequencer;
    Sequencer::Turn turn = Sequencer::Turn::Go;
    bool reached_order = true;
    bool reached_position = true;
    std::thread ordered([&] { turn = sequencer.enter(5); });
    std::thread recorded([&] { reached_order = sequencer.wait_order(5); });
    std::thread awaiting([&] { reached_position = sequencer.wait_position(0, 1); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    sequencer.stop();
    ordered.join();
    recorded.join();
    awaiting.join();
    CHECK(turn == Sequencer::Turn::Stopped);
    CHECK_FALSE(reached_order);
    CHECK_FALSE(reached_position);
    CHECK(sequencer.enter(1) == Sequencer::Turn::Stopped);
}
