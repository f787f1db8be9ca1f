// A worker's surroundings for tests: services that remember what they were asked, and memory.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "transport/host_transport.h"
#include "worker/replay_port.h"

namespace vgpu::worker {

// Zeroed private memory that plays a guest's region.
class FakeRegion : public transport::MappedRegion {
  public:
    explicit FakeRegion(std::size_t bytes) : FakeRegion(allocate(bytes), bytes) {}
    ~FakeRegion() override { std::free(data()); }

  private:
    FakeRegion(std::uint8_t* data, std::size_t bytes) : MappedRegion(data, bytes) {}
    static std::uint8_t* allocate(std::size_t bytes) {
        void* memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
        std::memset(memory, 0, bytes);
        return static_cast<std::uint8_t*>(memory);
    }
};

// Sleeps as a real doorbell does.
class FakeDoorbell : public transport::ChannelDoorbell {
  public:
    struct Bell {
        std::mutex mutex;
        std::condition_variable rings;
        bool rung = false;
        bool stopped = false;
        std::atomic<int> waits{0};
        void ring() {
            std::lock_guard lock(mutex);
            rung = true;
            rings.notify_one();
        }
    };
    explicit FakeDoorbell(Bell& bell) : bell_(bell) {}
    bool wait(std::optional<std::chrono::milliseconds> limit) override {
        const auto news = [&] { return bell_.rung || bell_.stopped; };
        std::unique_lock lock(bell_.mutex);
        bell_.waits.fetch_add(1);
        if (!limit) {
            bell_.rings.wait(lock, news);
        } else if (!bell_.rings.wait_for(lock, *limit, news)) {
            return false;
        }
        bell_.rung = false;
        return true;
    }
    void stop() override {
        std::lock_guard lock(bell_.mutex);
        bell_.stopped = true;
        bell_.rings.notify_one();
    }

  private:
    Bell& bell_;
};

class FakeServices : public WorkerServices {
  public:
    const HostOptions& options() const override { return host_options; }
    GuestPages find_pages(transport::RegionId, std::uint64_t, std::uint64_t) override { return {}; }
    bool write_status(std::span<const StatusWrite> writes) override {
        std::lock_guard lock(mutex);
        for (const StatusWrite& write : writes) {
            slots[write.slot] = std::max(slots[write.slot], write.value);
            written.push_back(write);
        }
        changed.notify_all();
        return true;
    }
    void lose(ring::LostReason reason, const std::string& text) override {
        std::lock_guard lock(mutex);
        if (lost_reason == ring::LostReason::Alive) {
            lost_reason = reason;
            loss = text;
        }
        changed.notify_all();
    }
    CompletionWatch& completion_watch() override { return watch; }
    HeapKeeper& heap_keeper() override { return heap; }
    bool lost() const override {
        std::lock_guard lock(mutex);
        return lost_reason != ring::LostReason::Alive;
    }
    void wake_guest() override {
        wakes.fetch_add(1);
        std::lock_guard lock(mutex);
        changed.notify_all();
    }
    bool try_charge(std::uint64_t bytes) override {
        std::lock_guard lock(mutex);
        if (charged + bytes > host_options.memory_limit_bytes) return false;
        charged += bytes;
        most_charged = std::max(most_charged, charged);
        return true;
    }
    void release(std::uint64_t bytes) override {
        std::lock_guard lock(mutex);
        charged -= bytes;
    }

    void wait_until_lost() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return lost_reason != ring::LostReason::Alive; });
    }
    void wait_for_slot(std::uint32_t slot, std::uint64_t value) {
        std::unique_lock lock(mutex);
        changed.wait(
            lock, [&] { return slots[slot] >= value || lost_reason != ring::LostReason::Alive; });
    }
    std::uint64_t slot(std::uint32_t index) {
        std::lock_guard lock(mutex);
        return slots[index];
    }

    HostOptions host_options{.memory_limit_bytes = 1ull << 30};
    CompletionWatch watch{false};
    HeapKeeper heap;
    mutable std::mutex mutex;
    std::condition_variable changed;
    ring::LostReason lost_reason = ring::LostReason::Alive;
    std::string loss;
    std::map<std::uint32_t, std::uint64_t> slots;
    std::vector<StatusWrite> written;
    std::uint64_t charged = 0;
    std::uint64_t most_charged = 0;
    std::atomic<int> wakes{0};
};

}  // namespace vgpu::worker
