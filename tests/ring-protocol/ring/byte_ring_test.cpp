// Shows that the ring's two ends keep their promises on one thread, and survive forged indices.
#include "ring/byte_ring.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "tests/catch.h"
#include "tests/ring-protocol/ring/test_ring.h"

namespace vgpu::ring {
namespace {

constexpr std::uint32_t kSize = 4096;
constexpr std::uint32_t kForged[] = {0, 1, kSize - 1, kSize, kSize + 1, 0x8000'0000, 0xffff'ffff};

std::vector<std::uint8_t> bytes_from(std::uint8_t first, std::size_t count) {
    std::vector<std::uint8_t> bytes(count);
    std::iota(bytes.begin(), bytes.end(), first);
    return bytes;
}

std::vector<std::uint8_t> read_all(Consumer& consumer) {
    std::vector<std::uint8_t> bytes(2 * kSize);
    bytes.resize(consumer.try_read(bytes));
    return bytes;
}

void put(Producer& producer, const std::vector<std::uint8_t>& bytes) {
    const auto room = producer.try_reserve(static_cast<std::uint32_t>(bytes.size()));
    REQUIRE(room.size() >= bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    producer.commit(static_cast<std::uint32_t>(bytes.size()));
}

TEST_CASE("committed bytes are invisible until published") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    Consumer consumer = ring.consumer();
    put(producer, bytes_from(1, 24));
    CHECK(producer.unpublished() == 24);
    CHECK(consumer.empty());
    CHECK(read_all(consumer).empty());
    CHECK_FALSE(producer.publish());
    CHECK(producer.unpublished() == 0);
    CHECK_FALSE(consumer.empty());
    CHECK(read_all(consumer) == bytes_from(1, 24));
    CHECK(consumer.empty());
    CHECK(consumer.read_position() == 24);
}

TEST_CASE("the whole ring can be filled and not one byte more") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    Consumer consumer = ring.consumer();
    CHECK(producer.try_write(bytes_from(7, kSize + 100)) == kSize);
    CHECK(producer.free_bytes() == 0);
    CHECK(producer.try_reserve(8).empty());
    CHECK(producer.try_write(bytes_from(0, 1)) == 0);
    producer.publish();
    CHECK(read_all(consumer) == bytes_from(7, kSize));
    CHECK(producer.free_bytes() == kSize);
}

TEST_CASE("a reservation that does not fit before the end is padded over") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    Consumer consumer = ring.consumer();
    put(producer, bytes_from(0, kSize - 64));
    producer.publish();
    read_all(consumer);
    CHECK(producer.written() == kSize - 64);
    put(producer, bytes_from(9, 128));
    CHECK(producer.written() == kSize + 128);
    producer.publish();
    const auto read = read_all(consumer);
    REQUIRE(read.size() == 64 + 128);
    RecordHeader pad;
    std::memcpy(&pad, read.data(), sizeof(pad));
    CHECK(pad.command == kPadCommand);
    CHECK(pad.words == 64 / 8);
    CHECK(pad.order == 0);
    CHECK(std::vector(read.begin() + 64, read.end()) == bytes_from(9, 128));
}

TEST_CASE("no padding is written while the record would not fit behind it") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    put(producer, bytes_from(0, kSize - 64));
    CHECK(producer.try_reserve(128).empty());
    CHECK(producer.written() == kSize - 64);
    CHECK(producer.try_reserve(64).size() == 64);
}

TEST_CASE("a written stretch wraps around the end of the memory") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    Consumer consumer = ring.consumer();
    put(producer, bytes_from(0, kSize - 8));
    producer.publish();
    read_all(consumer);
    CHECK(producer.try_write(bytes_from(3, 100)) == 100);
    producer.publish();
    CHECK(read_all(consumer) == bytes_from(3, 100));
}

TEST_CASE("positions run over 2^32 without a gap") {
    const auto before = GENERATE(as<std::uint32_t>{}, 64, 8, 4096, 0);
    TestRing ring(kSize, 0u - before);
    Producer producer = ring.producer();
    Consumer consumer = ring.consumer();
    std::vector<std::uint8_t> sent, got;
    for (std::uint32_t i = 0; i < 300; ++i) {
        const auto piece = bytes_from(static_cast<std::uint8_t>(i), 24 + i % 7);
        REQUIRE(producer.try_write(piece) == piece.size());
        producer.publish();
        sent.insert(sent.end(), piece.begin(), piece.end());
        const auto read = read_all(consumer);
        got.insert(got.end(), read.begin(), read.end());
    }
    CHECK(got == sent);
    CHECK_FALSE(producer.broken());
    CHECK_FALSE(consumer.broken());
    CHECK(producer.written() - std::uint64_t{0u - before} == sent.size());
}

TEST_CASE("reservations and padding run over 2^32 too") {
    TestRing ring(kSize, 0u - 64);
    Producer producer = ring.producer();
    Consumer consumer = ring.consumer();
    for (int i = 0; i < 100; ++i) {
        put(producer, bytes_from(static_cast<std::uint8_t>(i), 200));
        producer.publish();
        auto read = read_all(consumer);
        REQUIRE(read.size() >= 200);
        CHECK(std::vector(read.end() - 200, read.end()) ==
              bytes_from(static_cast<std::uint8_t>(i), 200));
    }
    CHECK_FALSE(producer.broken());
}

TEST_CASE("a forged head is believed only between the last one and the write position") {
    const auto start = GENERATE(as<std::uint32_t>{}, 0, 64, kSize, 0u - 64);
    for (const std::uint32_t forged : kForged) {
        TestRing ring(kSize, start);
        Producer producer = ring.producer();
        const std::uint32_t written = 100;
        REQUIRE(producer.try_write(bytes_from(0, written)) == written);
        producer.publish();
        ring.header->head = forged;
        const bool possible = forged - start <= written;
        const std::uint32_t free = producer.free_bytes();
        INFO("start " << start << " head " << forged);
        CHECK(producer.broken() == !possible);
        CHECK(free == (possible ? kSize - (start + written - forged) : 0));
        CHECK(producer.try_reserve(kSize + 8).empty());
        if (!possible) CHECK(producer.try_write(bytes_from(0, 8)) == 0);
    }
}

TEST_CASE("a forged tail yields at most a ring full of bytes or breaks the ring") {
    const auto start = GENERATE(as<std::uint32_t>{}, 0, 64, kSize, 0u - 64);
    for (const std::uint32_t forged : kForged) {
        TestRing ring(kSize, start);
        Consumer consumer = ring.consumer();
        ring.header->tail = forged;
        const bool possible = forged - start <= kSize;
        const auto read = read_all(consumer);
        INFO("start " << start << " tail " << forged);
        CHECK(consumer.broken() == !possible);
        CHECK(read.size() == (possible ? forged - start : 0));
    }
}

TEST_CASE("a tail that moves backwards breaks the ring") {
    TestRing ring(kSize);
    Consumer consumer = ring.consumer();
    ring.header->tail = 100;
    std::array<std::uint8_t, 10> some;
    CHECK(consumer.try_read(some) == 10);
    ring.header->tail = 99;
    CHECK(consumer.try_read(some) == 0);
    CHECK(consumer.broken());
    CHECK_FALSE(consumer.prepare_sleep());
}

TEST_CASE("a head that moves backwards breaks the ring") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    producer.try_write(bytes_from(0, 200));
    ring.header->head = 100;
    CHECK(producer.free_bytes() == kSize - 100);
    ring.header->head = 99;
    CHECK(producer.free_bytes() == 0);
    CHECK(producer.broken());
}

TEST_CASE("publishing never moves the tail backwards") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    producer.try_write(bytes_from(0, 64));
    ring.header->tail = 100;  // as if another thread had published more
    producer.publish();
    CHECK(ring.header->tail == 100);
}

TEST_CASE("only a sleeping consumer wants its doorbell rung, and only once") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    Consumer consumer = ring.consumer();
    CHECK_FALSE(producer.consumer_sleeps());
    REQUIRE(consumer.prepare_sleep());
    CHECK(producer.consumer_sleeps());
    CHECK_FALSE(producer.publish());  // nothing new
    producer.try_write(bytes_from(0, 8));
    CHECK(producer.publish());
    CHECK_FALSE(producer.consumer_sleeps());
    producer.try_write(bytes_from(0, 8));
    CHECK_FALSE(producer.publish());
    CHECK_FALSE(consumer.prepare_sleep());
    CHECK(ring.header->consumer_sleeps == 0);
    read_all(consumer);
    REQUIRE(consumer.prepare_sleep());
    consumer.cancel_sleep();
    producer.try_write(bytes_from(0, 8));
    CHECK_FALSE(producer.publish());
    ring.header->consumer_sleeps = 1;
    CHECK(producer.claim_wake());
    CHECK_FALSE(producer.claim_wake());
}

}  // namespace
}  // namespace vgpu::ring
