// Streaming a reply, and waiting for the guest to drain it.
#include "worker/reply_writer.h"

#include <cstring>

#include "base/spin.h"

namespace vgpu::worker {

ReplyWriter::ReplyWriter(ring::RingHeader& header, std::uint8_t* data, ring::RingHeader& commands,
                         transport::ChannelDoorbell& doorbell, WorkerServices& services)
    : producer_(header, data, ring::kReplyRingBytes),
      commands_(commands),
      doorbell_(doorbell),
      services_(services) {}

ReplyWriter::Result ReplyWriter::write(std::uint32_t order, std::span<const std::uint8_t> payload,
                                       const std::atomic<bool>& stopping) {
    const ring::ReplyHeader header{static_cast<std::uint32_t>(payload.size()), order};
    std::uint8_t bytes[sizeof header];
    std::memcpy(bytes, &header, sizeof header);
    Result result = stream(bytes, stopping);
    if (result == Result::Written) result = stream(payload, stopping);
    // The guest looks at guest_waits, not at the ring's own flag: one doorbell serves the context.
    producer_.publish();
    services_.wake_guest();
    return result;
}

ReplyWriter::Result ReplyWriter::stream(std::span<const std::uint8_t> bytes,
                                        const std::atomic<bool>& stopping) {
    for (;;) {
        bytes = bytes.subspan(producer_.try_write(bytes));
        if (producer_.broken()) return Result::BadRing;
        if (bytes.empty()) return Result::Written;
        if (stopping.load(std::memory_order_relaxed)) return Result::Stopped;
        producer_.publish();
        services_.wake_guest();
        wait_for_room(stopping);
    }
}

void ReplyWriter::wait_for_room(const std::atomic<bool>& stopping) {
    const auto may_go_on = [&] {
        return producer_.free_bytes() != 0 || producer_.broken() ||
               stopping.load(std::memory_order_relaxed);
    };
    if (budget_.spin(may_go_on)) return;
    services_.completion_watch().hand_over();
    commands_.consumer_sleeps.store(1, std::memory_order_relaxed);
    // The guest frees room, then looks at the flag; we set the flag, then look for room.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!may_go_on()) doorbell_.wait();
    commands_.consumer_sleeps.store(0, std::memory_order_relaxed);
}

}  // namespace vgpu::worker
