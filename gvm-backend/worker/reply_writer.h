// Writes replies into a channel's reply ring, also such as are longer than the ring.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "base/spin.h"
#include "ring/byte_ring.h"
#include "ring/layout.h"
#include "transport/host_transport.h"
#include "worker/replay_port.h"

namespace vgpu::worker {

// Owned by its channel's thread. The guest's head is not trusted.
class ReplyWriter {
  public:
    // `commands` is the header of the same channel's command ring: its consumer_sleeps makes the
    // guest ring `doorbell` when it has made room here.
    ReplyWriter(ring::RingHeader& header, std::uint8_t* data, ring::RingHeader& commands,
                transport::ChannelDoorbell& doorbell, WorkerServices& services);

    enum class Result { Written, BadRing, Stopped };
    // Waits for room as long as the guest makes some, or until `stopping`.
    Result write(std::uint32_t order, std::span<const std::uint8_t> payload,
                 const std::atomic<bool>& stopping);

  private:
    Result stream(std::span<const std::uint8_t> bytes, const std::atomic<bool>& stopping);
    void wait_for_room(const std::atomic<bool>& stopping);

    ring::Producer producer_;
    ring::RingHeader& commands_;
    transport::ChannelDoorbell& doorbell_;
    WorkerServices& services_;
    SpinBudget budget_;
};

}  // namespace vgpu::worker
