// Shows that the ring keeps its data whole between threads, and that no wake-up is lost.
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include "ring/byte_ring.h"
#include "tests/catch.h"
#include "tests/ring-protocol/ring/test_ring.h"

namespace vgpu::ring {
namespace {

constexpr std::uint32_t kSize = 4096;

std::uint8_t byte_at(std::uint64_t position) {
    return static_cast<std::uint8_t>(position * 31 + (position >> 8));
}

// Wakes one thread, as a doorbell does: rings are not lost, and not counted.
class Doorbell {
  public:
    void ring() {
        const std::lock_guard lock(mutex_);
        rung_ = true;
        wake_.notify_one();
    }
    // False when nobody rang for ten seconds: a lost wake-up.
    bool wait() {
        std::unique_lock lock(mutex_);
        const bool rung = wake_.wait_for(lock, std::chrono::seconds(10), [&] { return rung_; });
        rung_ = false;
        return rung;
    }

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool rung_ = false;
};

TEST_CASE("random pieces arrive whole between two threads") {
    TestRing ring(kSize, 0u - 64);
    constexpr std::uint64_t kTotal = 16 << 20;
    std::thread writer([&] {
        Producer producer = ring.producer();
        std::mt19937 random(1);
        std::vector<std::uint8_t> piece(6000);
        for (std::uint64_t sent = 0; sent < kTotal;) {
            const std::size_t want = std::min<std::uint64_t>(random() % 6000 + 1, kTotal - sent);
            for (std::size_t i = 0; i < want; ++i) piece[i] = byte_at(sent + i);
            for (std::size_t done = 0; done < want;) {
                const std::size_t wrote = producer.try_write({piece.data() + done, want - done});
                producer.publish();
                if (wrote == 0) std::this_thread::yield();
                done += wrote;
            }
            sent += want;
        }
    });
    Consumer consumer = ring.consumer();
    std::mt19937 random(2);
    std::vector<std::uint8_t> piece(6000);
    std::uint64_t wrong = 0;
    for (std::uint64_t got = 0; got < kTotal && !consumer.broken();) {
        const std::size_t read = consumer.try_read({piece.data(), random() % 6000 + 1});
        for (std::size_t i = 0; i < read; ++i) wrong += piece[i] != byte_at(got + i);
        got += read;
        if (read == 0) std::this_thread::yield();
    }
    writer.join();
    CHECK_FALSE(consumer.broken());
    CHECK(wrong == 0);
}

TEST_CASE("many threads publish one stream and the tail only grows") {
    TestRing ring(kSize);
    Producer producer = ring.producer();
    constexpr std::uint32_t kRecords = 40'000;
    std::atomic<bool> over{false};
    std::vector<std::thread> publishers;
    for (int i = 0; i < 3; ++i) {
        publishers.emplace_back([&] {
            while (!over) {
                producer.publish();
                std::this_thread::yield();
            }
        });
    }
    std::thread writer([&] {
        for (std::uint32_t i = 0; i < kRecords;) {
            const auto room = producer.try_reserve(16);
            if (room.empty()) {
                std::this_thread::yield();
                continue;
            }
            const std::uint64_t value = i;
            std::memcpy(room.data(), &value, 8);
            std::memcpy(room.data() + 8, &value, 8);
            producer.commit(16);
            ++i;
        }
    });
    Consumer consumer = ring.consumer();
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < kRecords && !consumer.broken();) {
        std::uint64_t record[2];
        if (consumer.empty()) {
            std::this_thread::yield();
            continue;
        }
        consumer.try_read({reinterpret_cast<std::uint8_t*>(record), sizeof(record)});
        wrong += record[0] != i || record[1] != i;
        ++i;
    }
    writer.join();
    over = true;
    for (std::thread& thread : publishers) thread.join();
    CHECK_FALSE(consumer.broken());
    CHECK_FALSE(producer.broken());
    CHECK(wrong == 0);
}

TEST_CASE("the sleep handshake loses no wake-up") {
    TestRing ring(kSize);
    Doorbell doorbell;
    constexpr std::uint32_t kRecords = 200'000;
    std::thread writer([&] {
        Producer producer = ring.producer();
        std::mt19937 random(3);
        for (std::uint32_t i = 0; i < kRecords;) {
            if (producer.try_write(std::array<std::uint8_t, 8>{}) == 8) ++i;
            if (producer.publish()) doorbell.ring();
            for (std::uint32_t spin = random() % 200; spin > 0; --spin) asm volatile("");
            if (producer.free_bytes() < 8) std::this_thread::yield();
        }
    });
    Consumer consumer = ring.consumer();
    std::uint64_t slept = 0;
    bool lost = false;
    std::array<std::uint8_t, 64> some;
    while (consumer.read_position() < 8 * kRecords && !lost) {
        if (consumer.try_read(some) > 0) continue;
        if (!consumer.prepare_sleep()) continue;
        lost = !doorbell.wait();
        ++slept;
        consumer.cancel_sleep();
    }
    writer.join();
    CHECK_FALSE(lost);
    CHECK(consumer.read_position() == 8 * kRecords);
    CHECK(slept > 0);
}

TEST_CASE("a peer that scribbles on the indices cannot make an end leave its memory") {
    TestRing ring(kSize);
    std::atomic<bool> over{false};
    std::thread mutator([&] {
        std::mt19937 random(4);
        while (!over) {
            ring.header->head.store(random() % 8192, std::memory_order_relaxed);
            ring.header->tail.store(random() % 8192, std::memory_order_relaxed);
            ring.header->consumer_sleeps.store(random(), std::memory_order_relaxed);
        }
    });
    std::uint64_t broken = 0;
    for (int round = 0; round < 3'000; ++round) {
        Producer producer = ring.producer();
        Consumer consumer = ring.consumer();
        std::array<std::uint8_t, 333> piece{};
        for (int i = 0; i < 40; ++i) {
            const auto room = producer.try_reserve(64);
            REQUIRE(room.size() <= kSize);
            if (!room.empty()) producer.commit(64);
            REQUIRE(producer.try_write(piece) <= piece.size());
            producer.publish();
            REQUIRE(consumer.try_read(piece) <= piece.size());
            consumer.prepare_sleep();
        }
        broken += producer.broken() + consumer.broken();
    }
    over = true;
    mutator.join();
    CHECK(broken > 0);
}

}  // namespace
}  // namespace vgpu::ring
