// A worker in the test's own process: serves the rings by the rules of order, executes nothing.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "icd/context.h"
#include "ring/byte_ring.h"
#include "ring/layout.h"
#include "tests/ring-protocol/transport/local_pair.h"

namespace vgpu::icd::test {

// What the host does with a record beside noting it.
enum Command : std::uint16_t {
    kNote = 100,        // nothing more
    kEcho = 101,        // replies with its payload
    kReplyBytes = 102,  // u32 n: replies with n bytes, byte_of(i)
    kSetStatus = 103,   // u32 slot, u32 value
    kBadOrder = 104,    // replies with another order
    kHugeReply = 105,   // replies with a head that says 65 MiB
    kNoReply = 106,     // a call that is never answered
    kBreakRings = 107,  // the head of the command ring jumps, and the tail of the reply ring
};

inline std::uint8_t byte_of(std::uint64_t i) {
    return static_cast<std::uint8_t>(i * 7 + (i >> 8) * 3 + (i >> 16));
}

struct Executed {
    transport::ChannelId channel;
    std::uint16_t command;
    std::uint32_t order;
    std::vector<std::uint8_t> payload;
    std::uint32_t u32(std::size_t index) const {
        std::uint32_t value = 0;
        if (payload.size() >= 4 * index + 4) std::memcpy(&value, payload.data() + 4 * index, 4);
        return value;
    }
};

class RingHost final : public transport::HostHandler {
  public:
    explicit RingHost(transport::Welcome welcome = transport::test_welcome());
    ~RingHost() override { kill(); }

    // For the Context; once.
    std::unique_ptr<transport::GuestTransport> guest() { return std::move(pair_.guest); }

    // The worker's death: its socket closes.
    void kill();
    // The channel threads read nothing, as long as it lasts.
    void hold();
    void release();
    // As above, for one channel.
    void hold_channel(transport::ChannelId channel, bool held);
    void mark_lost(ring::LostReason reason);
    ring::ControlPage& control();
    // Of a channel that is open.
    ring::RingHeader& command_ring(transport::ChannelId channel) {
        return *served_[channel]->command_header;
    }

    // Waits until `count` records have been executed (awaits not counted); false after ten seconds.
    bool wait_executed(std::size_t count);
    std::vector<Executed> executed();
    std::size_t awaits() const { return awaits_; }
    std::uint32_t channels() const { return channels_open_; }
    // Of a record that broke the rules; empty when all is well.
    std::string complaint();
    // Do not keep payloads (nor note anything): for measurements.
    std::atomic<bool> discards{false};

    std::string add_region(transport::RegionId id,
                           std::shared_ptr<transport::MappedRegion> region) override;
    std::string remove_region(transport::RegionId id) override;
    std::string open_channel(transport::ChannelId channel, transport::RegionId region,
                             std::size_t offset,
                             std::unique_ptr<transport::ChannelDoorbell> doorbell) override;
    // For tests of what is asked for.
    std::atomic<bool> refuses_channels{false};
    // Of all regions together; what would be more is refused.
    std::atomic<std::size_t> bytes_max{SIZE_MAX};
    std::atomic<int> regions_refused{0};
    std::atomic<int> regions_added{0};
    std::atomic<int> regions_removed{0};

  private:
    struct Served {
        std::shared_ptr<transport::MappedRegion> region;
        std::unique_ptr<transport::ChannelDoorbell> doorbell;
        ring::RingHeader* command_header;
        ring::RingHeader* reply_header;
        std::unique_ptr<ring::Consumer> commands;
        std::unique_ptr<ring::Producer> replies;
        std::atomic<bool> held{false};
        std::thread thread;
    };
    void serve(transport::ChannelId id, Served& channel);
    bool sleep(Served& channel);
    // Bytes of complete records at the front of `bytes`.
    std::size_t execute_all(transport::ChannelId id, Served& channel,
                            const std::vector<std::uint8_t>& bytes);
    bool execute(transport::ChannelId id, Served& channel, const ring::RecordHeader& header,
                 std::span<const std::uint8_t> payload);
    bool take_turn(const ring::RecordHeader& header);
    void act(Served& channel, const ring::RecordHeader& header,
             std::span<const std::uint8_t> payload);
    void reply(Served& channel, std::uint32_t order, std::span<const std::uint8_t> payload);
    void write_reply(Served& channel, std::span<const std::uint8_t> bytes);
    void wake_guest();

    transport::LocalPair pair_;
    std::thread requests_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<transport::RegionId, std::shared_ptr<transport::MappedRegion>> regions_;
    std::array<std::unique_ptr<Served>, ring::kMaxChannels> served_;
    std::array<std::uint64_t, ring::kMaxChannels> positions_{};
    std::uint32_t order_ = 0;
    std::vector<Executed> executed_;
    std::string complaint_;
    std::atomic<std::size_t> awaits_{0};
    std::atomic<std::uint32_t> channels_open_{0};
    bool held_ = false;
};

}  // namespace vgpu::icd::test
