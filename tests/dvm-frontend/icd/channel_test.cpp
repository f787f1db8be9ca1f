// Shows how threads come by channels, and that order holds between them.
#include "icd/channel.h"

#include <latch>
#include <map>
#include <random>

#include "icd/call.h"
#include "icd/post.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/icd/ring_host.h"

namespace vgpu::icd::test {
namespace {

constexpr std::uint16_t kRecord = 1000;

transport::Welcome with_channels(std::uint32_t channels_max) {
    transport::Welcome welcome = transport::test_welcome();
    welcome.channels_max = channels_max;
    return welcome;
}

void post_note(Context& context, std::uint32_t thread = 0, std::uint32_t number = 0) {
    Post post(context, kNote, Place::Ordered);
    post.writer().u32(thread);
    post.writer().u32(number);
}

void post_recorded(Context& context, std::uint32_t thread = 0, std::uint32_t number = 0) {
    Post post(context, kRecord, Place::Recorded);
    post.writer().u32(thread);
    post.writer().u32(number);
}

void in_thread(const std::function<void()>& work) {
    std::thread(work).join();
}

TEST_CASE("the first thread gets its own channel at once and the next when it has earned it") {
    RingHost host;
    Context context(host.guest());
    post_note(context);
    CHECK(context.channel().id() == 1);
    in_thread([&] {
        for (std::uint32_t i = 0; i < ChannelPool::kEarnRecords; ++i) {
            post_note(context);
            VGPU_CHECK(context.channel().shared());
        }
        post_note(context);
        VGPU_CHECK(context.channel().id() == 2);
    });
    CHECK(context.channel().id() == 1);
    CHECK(host.channels() == 3);
}

TEST_CASE("recorded commands on the shared channel earn a channel too, at the next ordered one") {
    RingHost host;
    Context context(host.guest());
    post_note(context);
    in_thread([&] {
        for (int i = 0; i < 40; ++i) post_recorded(context);
        VGPU_CHECK(context.channel().shared());
        post_note(context);
        VGPU_CHECK(!context.channel().shared());
    });
    context.publish_all();
    REQUIRE(host.wait_executed(42));
    CHECK(host.awaits() == 1);
    CHECK(host.complaint().empty());
}

TEST_CASE("a channel serves one thread after the other") {
    RingHost host(with_channels(3));
    Context context(host.guest());
    post_note(context);
    for (int t = 0; t < 50; ++t) {
        in_thread([&] {
            for (int i = 0; i < 20; ++i) post_note(context);
            VGPU_CHECK(context.channel().id() == 2);
        });
    }
    context.publish_all();
    CHECK(host.wait_executed(1 + 50 * 20));
    CHECK(host.channels() == 3);
    CHECK(host.complaint().empty());
}

TEST_CASE("a thread that ends leaves nothing invisible") {
    RingHost host;
    Context context(host.guest());
    in_thread([&] { post_note(context); });
    CHECK(host.wait_executed(1));
}

TEST_CASE("a host that sleeps is not woken for a part of a frame") {
    RingHost host;
    Context context(host.guest());
    post_note(context);
    context.publish_all();
    REQUIRE(host.wait_executed(1));
    ring::RingHeader& ring = host.command_ring(context.channel().id());
    while (ring.consumer_sleeps.load() == 0) std::this_thread::yield();
    const std::uint32_t seen = ring.tail.load();
    const auto is_visible_after = [&](std::uint64_t bytes) {
        const std::uint64_t end = context.channel().written() + bytes;
        while (context.channel().written() < end) post_recorded(context);
        return ring.tail.load() != seen;
    };
    CHECK_FALSE(is_visible_after(12 << 10));
    CHECK(is_visible_after(8 << 10));
}

TEST_CASE("threads without a channel of their own share one") {
    RingHost host(with_channels(2));
    Context context(host.guest());
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint32_t i = 0; i < 500; ++i) post_note(context, t, i);
        });
    }
    for (std::thread& thread : threads) thread.join();
    context.publish_all();
    CHECK(host.wait_executed(2000));
    CHECK(host.channels() == 2);
    CHECK(host.complaint().empty());
}

// For each thread the numbers of its records, in the order of their execution.
std::map<std::uint32_t, std::vector<std::uint32_t>> numbers_by_thread(
    const std::vector<Executed>& executed) {
    std::map<std::uint32_t, std::vector<std::uint32_t>> numbers;
    for (const Executed& record : executed) {
        if (record.command == kNote || record.command == kRecord)
            numbers[record.u32(0)].push_back(record.u32(1));
    }
    return numbers;
}

TEST_CASE("eight threads that post, record and call keep their order") {
    RingHost host(with_channels(GENERATE(2, 5, 32)));
    Context context(host.guest());
    constexpr std::uint32_t kThreads = 8, kRecords = 1500;
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(t);
            for (std::uint32_t i = 0; i < kRecords; ++i) {
                if (random() % 4 == 0) {
                    post_note(context, t, i);
                } else {
                    post_recorded(context, t, i);
                }
                if (random() % 100 != 0) continue;
                Call call(context, kEcho);
                call.writer().u32(i);
                wire::Reader* reply = call.wait();
                wrong += reply == nullptr || reply->u32() != i;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    context.publish_all();
    CHECK(wrong == 0);
    const auto sent = [&] {
        std::size_t notes = 0;
        for (const Executed& record : host.executed()) notes += record.command != kEcho;
        return notes;
    };
    for (int i = 0; i < 1000 && sent() < kThreads * kRecords; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(host.complaint().empty());
    const auto numbers = numbers_by_thread(host.executed());
    REQUIRE(numbers.size() == kThreads);
    for (const auto& [thread, list] : numbers) {
        CHECK(list.size() == kRecords);
        CHECK(std::is_sorted(list.begin(), list.end()));
    }
}

TEST_CASE("what moves between threads waits for the channel it comes from") {
    RingHost host;
    Context context(host.guest());
    post_note(context, 0, 0);
    Channel& mine = context.channel();
    post_recorded(context, 0, 1);
    host.hold_channel(mine.id(), true);
    post_recorded(context, 0, 2);
    in_thread([&] {
        for (std::uint32_t i = 0; i < ChannelPool::kEarnRecords; ++i) post_recorded(context, 1, i);
        Channel& other = context.channel_after(mine);
        Post post(other, kRecord, Place::Recorded);
        post.writer().u32(0);
        post.writer().u32(3);
    });
    context.publish_all();
    // A second time there is nothing left to wait for.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    host.hold_channel(mine.id(), false);
    REQUIRE(host.wait_executed(4 + ChannelPool::kEarnRecords));
    CHECK(numbers_by_thread(host.executed())[0] == std::vector<std::uint32_t>{0, 1, 2, 3});
    CHECK(host.awaits() == 1);
}

TEST_CASE("ordering after all channels costs nothing on the only one and waits for the others") {
    RingHost host;
    Context context(host.guest());
    post_note(context, 0, 0);
    context.order_after_all_channels();
    context.order_after_all_channels();
    post_recorded(context, 0, 1);
    Channel& mine = context.channel();
    host.hold_channel(mine.id(), true);
    in_thread([&] {
        context.order_after_all_channels();
        context.order_after_all_channels();
        post_note(context, 0, 2);
    });
    context.publish_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    host.hold_channel(mine.id(), false);
    REQUIRE(host.wait_executed(3));
    CHECK(numbers_by_thread(host.executed())[0] == std::vector<std::uint32_t>{0, 1, 2});
    CHECK(host.awaits() == 1);
}

TEST_CASE("a place taken early does not hold up a thread that waits for a later one") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t slot = *context.take_status_slot();
    std::latch taken(1), waiting(1), over(1);
    std::thread early([&] {
        {
            Post post(context, kNote, Place::Ordered);  // takes place 1
            taken.count_down();
            waiting.wait();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        over.wait();  // and does nothing more
    });
    taken.wait();
    {
        Post post(context, kSetStatus, Place::Ordered);
        post.writer().u32(slot);
        post.writer().u32(7);
    }
    waiting.count_down();
    const bool done = context.wait_until([&] { return context.status(slot).load() == 7; },
                                         std::chrono::seconds(10));
    over.count_down();
    early.join();
    CHECK(done);
}

TEST_CASE("one thread uses two contexts by turns") {
    RingHost first_host, second_host;
    Context first(first_host.guest()), second(second_host.guest());
    for (std::uint32_t i = 0; i < 100; ++i) {
        post_note(first, 0, i);
        post_note(second, 0, i);
        post_recorded(first, 0, i);
    }
    first.publish_all();
    second.publish_all();
    CHECK(first_host.wait_executed(200));
    CHECK(second_host.wait_executed(100));
    CHECK(first.channel().id() == 1);
    CHECK(second.channel().id() == 1);
}

TEST_CASE("a thread may end after its context, and a new context is not taken for the old one") {
    std::latch used(1), destroyed(1);
    std::thread survivor;
    auto host = std::make_unique<RingHost>();
    auto context = std::make_unique<Context>(host->guest());
    survivor = std::thread([&] {
        for (int i = 0; i < 40; ++i) post_note(*context);
        used.count_down();
        destroyed.wait();
    });
    used.wait();
    context.reset();
    destroyed.count_down();
    survivor.join();
    for (int i = 0; i < 20; ++i) {
        RingHost next_host;
        auto next = std::make_unique<Context>(next_host.guest());
        post_note(*next);
        next->publish_all();
        CHECK(next_host.wait_executed(1));
    }
}

TEST_CASE("a service that opens no channel means a context that is lost from the beginning") {
    RingHost host;
    host.refuses_channels = true;
    Context context(host.guest());
    CHECK(context.lost());
    for (int i = 0; i < 2000; ++i) {
        post_note(context);
        post_recorded(context);
    }
    Call call(context, kEcho);
    CHECK(call.wait() == nullptr);
}

TEST_CASE("a service that opens no second channel leaves all threads on the shared one") {
    RingHost host;
    Context context(host.guest());
    host.refuses_channels = true;
    for (std::uint32_t i = 0; i < 100; ++i) post_note(context, 0, i);
    CHECK(context.channel().shared());
    context.publish_all();
    CHECK(host.wait_executed(100));
    CHECK_FALSE(context.lost());
}

}  // namespace
}  // namespace vgpu::icd::test
