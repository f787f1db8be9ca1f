// A channel thread with a guest that a test can make lie, and replay code that writes things down.
#pragma once

#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ring/byte_ring.h"
#include "tests/gvm-backend/worker/fakes.h"
#include "worker/channel_thread.h"

namespace vgpu::worker {

// Command numbers of the fake replay.
inline constexpr std::uint16_t kOrdered = 10;   // runs, in order
inline constexpr std::uint16_t kRecorded = 11;  // runs
inline constexpr std::uint16_t kEcho = 12;      // ordered; replies with its payload
inline constexpr std::uint16_t kLong = 13;      // ordered; replies with as many bytes as it is told
inline constexpr std::uint16_t kBad = 14;       // recorded; a violation

struct Ran {
    std::uint16_t command;
    std::uint32_t order;
    std::vector<std::uint8_t> payload;
};

class FakeReplay : public ContextReplay {
  public:
    std::unique_ptr<CommandSink> sink_for_channel() override {
        return std::make_unique<Sink>(*this);
    }
    const char* command_name(std::uint16_t command) const override {
        return command == kBad ? "vkBad" : "vkFake";
    }
    // How many records have run behind another one, without a turn of the channel's loop.
    int ahead() const { return ahead_.load(); }
    std::vector<Ran> ran() {
        std::lock_guard lock(mutex_);
        return ran_;
    }

  private:
    class Sink : public CommandSink {
      public:
        explicit Sink(FakeReplay& replay) : replay_(replay) {}
        bool is_ordered(std::uint16_t command) const override {
            return command != kRecorded && command != kBad;
        }
        wire::Violation execute(std::uint16_t command, const std::uint8_t* payload,
                                std::size_t bytes, std::uint32_t order,
                                std::vector<std::uint8_t>& reply, bool& has_reply) override {
            if (reinterpret_cast<std::uintptr_t>(payload) % 8 != 0) return wire::Violation::BadEnum;
            if (!reply.empty() || has_reply) return wire::Violation::BadFlags;
            if (command == kBad) return wire::Violation::UnknownHandle;
            if (command > kBad) return wire::Violation::UnknownCommand;
            {
                std::lock_guard lock(replay_.mutex_);
                replay_.ran_.push_back({command, order, {payload, payload + bytes}});
            }
            has_reply = command == kEcho || command == kLong;
            if (command == kEcho) reply.assign(payload, payload + bytes);
            if (command == kLong) {
                std::uint64_t size;
                std::memcpy(&size, payload, sizeof size);
                reply.resize(size);
                for (std::size_t i = 0; i < size; ++i) reply[i] = static_cast<std::uint8_t>(i * 7);
            }
            return wire::Violation::None;
        }
        RanRecords run_recorded(std::span<const std::uint8_t> records,
                                std::uint32_t executed) override {
            RanRecords ran;
            ring::RecordHeader header;
            std::vector<std::uint8_t> no_reply;
            bool has_reply = false;
            while (records.size() - ran.bytes >= sizeof header) {
                const std::uint8_t* const at = records.data() + ran.bytes;
                std::memcpy(&header, at, sizeof header);
                const std::size_t bytes = header.words * std::size_t{8};
                if (bytes == 0 || bytes > records.size() - ran.bytes ||
                    (header.command != kRecorded && header.command != kBad) ||
                    static_cast<std::int32_t>(header.order - executed) > 0)
                    break;
                ran.violation = execute(header.command, at + sizeof header, bytes - sizeof header,
                                        header.order, no_reply, has_reply);
                if (ran.violation != wire::Violation::None) break;
                ran.bytes += bytes;
                replay_.ahead_.fetch_add(1);
            }
            return ran;
        }

      private:
        FakeReplay& replay_;
    };

    std::mutex mutex_;
    std::vector<Ran> ran_;
    std::atomic<int> ahead_{0};
};

// The guest's and the host's end of one channel.
class ChannelHarness {
  public:
    ChannelHarness(transport::ChannelId id, Sequencer& sequencer, FakeReplay& replay,
                   FakeServices& services)
        : region(std::make_shared<FakeRegion>(ring::kChannelBytes)),
          commands(header(), region->data() + sizeof(ring::RingHeader), ring::kCommandRingBytes),
          replies(reply_header(),
                  region->data() + ring::kReplyRingOffset + sizeof(ring::RingHeader),
                  ring::kReplyRingBytes),
          thread(id, region, 0, std::make_unique<FakeDoorbell>(bell), sequencer, replay, services) {
    }

    ring::RingHeader& header() { return *reinterpret_cast<ring::RingHeader*>(region->data()); }
    ring::RingHeader& reply_header() {
        return *reinterpret_cast<ring::RingHeader*>(region->data() + ring::kReplyRingOffset);
    }

    // A record of whole words; long ones in their long form.
    static std::vector<std::uint8_t> record(std::uint16_t command, std::uint32_t order,
                                            std::vector<std::uint8_t> payload = {}) {
        payload.resize((payload.size() + 7) / 8 * 8);
        const bool is_long = payload.size() / 8 + 1 > 0xffff;
        const std::uint64_t length = payload.size() + (is_long ? 16 : 8);
        const ring::RecordHeader header{
            command, static_cast<std::uint16_t>(is_long ? 0 : length / 8), order};
        std::vector<std::uint8_t> bytes(sizeof header);
        std::memcpy(bytes.data(), &header, sizeof header);
        if (is_long) {
            bytes.resize(16);
            std::memcpy(bytes.data() + 8, &length, sizeof length);
        }
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        return bytes;
    }
    // Sends any bytes at all, as a guest would, waiting for room.
    void send(const std::vector<std::uint8_t>& bytes) {
        std::span<const std::uint8_t> left(bytes);
        while (!left.empty()) {
            left = left.subspan(commands.try_write(left));
            publish();
            if (!left.empty()) std::this_thread::yield();
        }
    }
    void publish() {
        if (commands.publish()) bell.ring();
    }
    // The next reply; drains a long one as a guest does, ringing the channel for room made.
    std::vector<std::uint8_t> read_reply(std::uint32_t& order) {
        ring::ReplyHeader head;
        std::vector<std::uint8_t> bytes(sizeof head);
        read(bytes);
        std::memcpy(&head, bytes.data(), sizeof head);
        order = head.order;
        bytes.resize(head.bytes);
        read(bytes);
        return bytes;
    }
    void read(std::span<std::uint8_t> into) {
        while (!into.empty()) {
            const std::size_t count = replies.try_read(into);
            into = into.subspan(count);
            std::atomic_thread_fence(std::memory_order_seq_cst);
            if (count != 0 && header().consumer_sleeps.load() != 0) bell.ring();
            if (count == 0) std::this_thread::yield();
        }
    }

    FakeDoorbell::Bell bell;
    std::shared_ptr<FakeRegion> region;
    ring::Producer commands;
    ring::Consumer replies;
    ChannelThread thread;
};

}  // namespace vgpu::worker
