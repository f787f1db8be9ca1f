// What a channel does with good streams, and with a guest's lies.
#include "worker/channel_thread.h"

#include <random>

#include "tests/catch.h"
#include "tests/gvm-backend/worker/channel_harness.h"

using namespace vgpu;
using namespace vgpu::worker;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct One {
    Sequencer sequencer;
    FakeReplay replay;
    FakeServices services;
    ChannelHarness channel{0, sequencer, replay, services};

    void wait_for(std::size_t count) {
        while (replay.ran().size() < count && !services.lost()) std::this_thread::yield();
    }
    // The context must be lost for a protocol violation whose text says `what`.
    void expect_violation(const std::string& what) {
        services.wait_until_lost();
        INFO(services.loss);
        CHECK(services.lost_reason == ring::LostReason::ProtocolViolation);
        CHECK(services.loss.find(what) != std::string::npos);
    }
};

Bytes raw_header(std::uint16_t command, std::uint16_t words, std::uint32_t order) {
    const ring::RecordHeader header{command, words, order};
    Bytes bytes(sizeof header);
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

Bytes long_header(std::uint64_t length) {
    Bytes bytes = raw_header(kOrdered, 0, 1);
    bytes.resize(16);
    std::memcpy(bytes.data() + 8, &length, sizeof length);
    return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Bytes await_payload(std::uint32_t channel, std::uint32_t zero, std::uint64_t position) {
    Bytes bytes(16);
    std::memcpy(bytes.data(), &channel, 4);
    std::memcpy(bytes.data() + 4, &zero, 4);
    std::memcpy(bytes.data() + 8, &position, 8);
    return bytes;
}

}  // namespace

TEST_CASE("records run as they were sent, whatever their lengths") {
    One one;
    std::mt19937 random(3);
    std::vector<Bytes> payloads;
    for (std::uint32_t i = 0; i < 400; ++i) {
        Bytes payload(random() % (i % 50 == 0 ? 150000 : 600) / 8 * 8);
        for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
        payloads.push_back(payload);
        one.channel.send(ChannelHarness::record(kOrdered, i + 1, payload));
    }
    one.wait_for(400);
    const std::vector<Ran> ran = one.replay.ran();
    REQUIRE(ran.size() == 400);
    for (std::uint32_t i = 0; i < 400; ++i) {
        REQUIRE(ran[i].order == i + 1);
        REQUIRE(ran[i].payload == payloads[i]);
    }
    CHECK(one.services.charged <= 1 << 18);
}

TEST_CASE("a record longer than the ring streams through it, and its memory is given back") {
    One one;
    Bytes payload(3 << 20);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<std::uint8_t>(i / 3);
    one.channel.send(ChannelHarness::record(kOrdered, 1, payload));
    one.channel.send(ChannelHarness::record(kOrdered, 2));
    one.wait_for(2);
    REQUIRE(one.replay.ran().size() == 2);
    CHECK(one.replay.ran()[0].payload == payload);
    std::lock_guard lock(one.services.mutex);
    CHECK(one.services.most_charged >= (3 << 20) - (64 << 10));
    CHECK(one.services.charged == 0);
}

TEST_CASE("padding is skipped") {
    One one;
    one.channel.send(raw_header(ring::kPadCommand, 1, 77) +
                     ChannelHarness::record(ring::kPadCommand, 0, Bytes(4000, 0xee)) +
                     ChannelHarness::record(kOrdered, 1, {1, 2, 3}));
    one.wait_for(1);
    REQUIRE(one.replay.ran().size() == 1);
    CHECK(one.replay.ran()[0].payload == Bytes({1, 2, 3, 0, 0, 0, 0, 0}));
}

TEST_CASE("a reply comes back with its command's place, and wakes the guest") {
    One one;
    one.channel.send(ChannelHarness::record(kEcho, 1, {9, 8, 7, 6, 5, 4, 3, 2}));
    std::uint32_t order = 0;
    CHECK(one.channel.read_reply(order) == Bytes({9, 8, 7, 6, 5, 4, 3, 2}));
    CHECK(order == 1);
    // A reply without any bytes is one too.
    one.channel.send(ChannelHarness::record(kEcho, 2));
    CHECK(one.channel.read_reply(order).empty());
    CHECK(order == 2);
    while (one.services.wakes.load() < 2) std::this_thread::yield();
}

TEST_CASE("a reply longer than the ring streams, though the guest is slow to drain it") {
    One one;
    const std::uint64_t size = GENERATE(65528, 65529, 300001);
    Bytes payload(8);
    std::memcpy(payload.data(), &size, 8);
    one.channel.send(ChannelHarness::record(kLong, 1, payload));
    if (size > 65528) {
        // The host sleeps until there is room.
        while (one.channel.bell.waits.load() == 0) std::this_thread::yield();
    }
    std::uint32_t order;
    const Bytes reply = one.channel.read_reply(order);
    REQUIRE(reply.size() == size);
    for (std::size_t i = 0; i < size; ++i) REQUIRE(reply[i] == static_cast<std::uint8_t>(i * 7));
}

TEST_CASE("a reply longer than any may be ends the context") {
    One one;
    const std::uint64_t size = ring::kMaxReplyBytes + 1;
    Bytes payload(8);
    std::memcpy(payload.data(), &size, 8);
    one.channel.send(ChannelHarness::record(kLong, 1, payload));
    one.services.wait_until_lost();
    CHECK(one.services.lost_reason == ring::LostReason::LimitExceeded);
}

TEST_CASE("a reply that nobody drains does not keep the channel from ending") {
    One one;
    const std::uint64_t size = 1 << 20;
    Bytes payload(8);
    std::memcpy(payload.data(), &size, 8);
    one.channel.send(ChannelHarness::record(kLong, 1, payload));
    while (one.channel.bell.waits.load() == 0) std::this_thread::yield();
    one.channel.thread.stop();
    SUCCEED("the destructor returns");
}

TEST_CASE("lengths that cannot be end the context") {
    const auto [bytes, what] = GENERATE(table<Bytes, std::string>({
        {long_header(0), "length"},
        {long_header(8), "length"},
        {long_header(15), "length"},
        {long_header(17), "length"},
        {long_header(ring::kMaxRecordBytes + 8), "length"},
        {long_header(0x8000'0000'0000'0000), "length"},
        {long_header(~std::uint64_t{7}), "length"},
    }));
    One one;
    one.channel.send(bytes);
    one.expect_violation(what);
    CHECK(one.replay.ran().empty());
}

TEST_CASE("a claimed length alone takes no memory") {
    One one;
    one.channel.send(long_header(ring::kMaxRecordBytes));
    one.channel.send(Bytes(4096));
    while (one.channel.header().head.load() != 4112) std::this_thread::yield();
    std::lock_guard lock(one.services.mutex);
    CHECK(one.services.charged == 0);
}

TEST_CASE("a record over the context's memory limit ends the context") {
    One one;
    one.services.host_options.memory_limit_bytes = 1 << 20;
    one.channel.send(long_header(4 << 20));
    for (int i = 0; i < 32 && !one.services.lost(); ++i) {
        // The host may stop reading at any time: no waiting for room.
        one.channel.commands.try_write(Bytes(32 << 10));
        one.channel.publish();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    one.services.wait_until_lost();
    CHECK(one.services.lost_reason == ring::LostReason::LimitExceeded);
    CHECK(one.services.most_charged <= 1 << 20);
}

TEST_CASE("a forged tail ends the context") {
    const std::uint32_t tail =
        GENERATE(ring::kCommandRingBytes + 1, 0x8000'0000u, 0xffff'ffffu, 0x7fff'ffffu);
    One one;
    one.channel.header().tail.store(tail);
    one.channel.bell.ring();
    one.expect_violation("indices");
    CHECK(one.replay.ran().empty());
}

TEST_CASE("a tail that goes back ends the context") {
    One one;
    one.channel.send(ChannelHarness::record(kOrdered, 1, Bytes(64)));
    one.wait_for(1);
    one.channel.header().tail.store(8);
    one.channel.bell.ring();
    one.expect_violation("indices");
}

TEST_CASE("a forged reply head ends the context") {
    One one;
    one.channel.reply_header().head.store(12345);
    one.channel.send(ChannelHarness::record(kEcho, 1, Bytes(64)));
    one.expect_violation("reply ring");
}

TEST_CASE("a violation names its command, and nothing runs after it") {
    One one;
    one.channel.send(ChannelHarness::record(kOrdered, 1) + ChannelHarness::record(kBad, 1) +
                     ChannelHarness::record(kOrdered, 2) + ChannelHarness::record(kRecorded, 1));
    one.expect_violation("Command 14 (vkBad)");
    CHECK(one.services.loss.find("never created") != std::string::npos);
    CHECK(one.replay.ran().size() == 1);
}

TEST_CASE(
    "recorded commands behind each other run in one go, and a violation among them is named") {
    One one;
    Bytes many = ChannelHarness::record(kOrdered, 1);
    for (int i = 0; i < 500; ++i) many = many + ChannelHarness::record(kRecorded, 1, Bytes(16));
    one.channel.send(many);
    one.wait_for(501);
    CHECK(one.replay.ahead() > 400);
    CHECK_FALSE(one.services.lost());
    one.channel.send(ChannelHarness::record(kRecorded, 1) + ChannelHarness::record(kRecorded, 1) +
                     ChannelHarness::record(kBad, 1) + ChannelHarness::record(kRecorded, 1));
    one.expect_violation("Command 14 (vkBad) that ends at byte " +
                         std::to_string(many.size() + 3 * 8));
    CHECK(one.replay.ran().size() == 503);
}

TEST_CASE("a place used twice ends the context") {
    One one;
    one.channel.send(ChannelHarness::record(kOrdered, 1) + ChannelHarness::record(kOrdered, 1));
    one.expect_violation("used already");
    CHECK(one.replay.ran().size() == 1);
}

TEST_CASE("awaiting what cannot be awaited ends the context") {
    const Bytes payload =
        GENERATE(await_payload(32, 0, 0), await_payload(~0u, 0, 0), await_payload(0, 0, 0),
                 await_payload(1, 1, 0), Bytes(8), Bytes(24));
    One one;
    one.channel.send(ChannelHarness::record(ring::kAwaitChannelCommand, 0, payload));
    one.services.wait_until_lost();
    CHECK(one.services.lost_reason == ring::LostReason::ProtocolViolation);
}

TEST_CASE("random bytes end the context or wait for more, and never run out of bounds") {
    std::mt19937 random(GENERATE(1, 2, 3, 4, 5, 6, 7, 8));
    One one;
    Bytes bytes(20000);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    for (std::size_t at = 0; at < bytes.size() && !one.services.lost(); at += 400) {
        one.channel.commands.try_write(std::span(bytes).subspan(at, 400));
        one.channel.publish();
    }
    SUCCEED("alive");
}

TEST_CASE("an idle channel sleeps, and a guest that publishes wakes it") {
    One one;
    one.channel.send(ChannelHarness::record(kOrdered, 1));
    one.wait_for(1);
    while (one.channel.header().consumer_sleeps.load() == 0) std::this_thread::yield();
    const int waits = one.channel.bell.waits.load();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(one.channel.bell.waits.load() <= waits + 1);
    one.channel.send(ChannelHarness::record(kOrdered, 2));
    one.wait_for(2);
    CHECK(one.replay.ran().size() == 2);
}

TEST_CASE("several channels run one order, and recorded commands after the place they name") {
    constexpr std::uint32_t kChannels = 4;
    constexpr std::uint32_t kPlaces = 3000;
    Sequencer sequencer;
    FakeReplay replay;
    FakeServices services;
    std::vector<std::unique_ptr<ChannelHarness>> channels;
    for (std::uint32_t i = 0; i < kChannels; ++i) {
        channels.push_back(std::make_unique<ChannelHarness>(i, sequencer, replay, services));
    }
    std::mt19937 random(11);
    for (std::uint32_t place = 1; place <= kPlaces; ++place) {
        ChannelHarness& channel = *channels[random() % kChannels];
        channel.send(ChannelHarness::record(kOrdered, place));
        channel.send(ChannelHarness::record(kRecorded, place));
    }
    while (replay.ran().size() < 2 * kPlaces && !services.lost()) std::this_thread::yield();
    std::uint32_t last = 0;
    for (const Ran& ran : replay.ran()) {
        if (ran.command == kOrdered) {
            REQUIRE(ran.order == last + 1);
            last = ran.order;
        } else {
            REQUIRE(ran.order <= last);
        }
    }
    CHECK(last == kPlaces);
}

TEST_CASE("a channel that awaits another one runs after it") {
    Sequencer sequencer;
    FakeReplay replay;
    FakeServices services;
    ChannelHarness first(0, sequencer, replay, services);
    ChannelHarness second(1, sequencer, replay, services);
    for (std::uint64_t round = 1; round <= 200; ++round) {
        const Bytes work = ChannelHarness::record(kRecorded, 0, Bytes(8, 1));
        const std::uint64_t position = first.commands.written() + work.size();
        second.send(
            ChannelHarness::record(ring::kAwaitChannelCommand, 0, await_payload(0, 0, position)) +
            ChannelHarness::record(kRecorded, 0, Bytes(8, 2)));
        first.send(work);
        while (replay.ran().size() < 2 * round && !services.lost()) std::this_thread::yield();
        REQUIRE_FALSE(services.lost());
        const auto ran = replay.ran();
        REQUIRE(ran[2 * round - 2].payload == Bytes(8, 1));
        REQUIRE(ran[2 * round - 1].payload == Bytes(8, 2));
    }
}
