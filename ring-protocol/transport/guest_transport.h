// The guest's end of a context's connection: shares memory, rings doorbells, notices death.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "transport/messages.h"

namespace vgpu::transport {

// Memory of this guest that the host's worker maps too. Unshared and unmapped when destroyed.
class SharedRegion {
  public:
    virtual ~SharedRegion() = default;
    RegionId id() const { return id_; }
    std::uint8_t* data() const { return data_; }
    std::size_t size() const { return size_; }
    // A descriptor that another process of this guest can mmap at offset 0 (an X server, say), or
    // -1 where the transport has none. Owned by the region.
    virtual int fd() const { return -1; }

  protected:
    SharedRegion(RegionId id, std::uint8_t* data, std::size_t size)
        : id_(id), data_(data), size_(size) {}

  private:
    RegionId id_;
    std::uint8_t* data_;
    std::size_t size_;
};

// Any thread may call any member; every member returns in bounded time, but for wait().
class GuestTransport {
  public:
    enum class Wake { Doorbell, TimedOut, PeerGone };

    virtual ~GuestTransport() = default;
    virtual const Welcome& welcome() const = 0;
    // ring::kControlRegionBytes, zeroed, shared when the transport was made.
    virtual SharedRegion& control_region() = 0;
    // Shares `bytes` (rounded up to pages), zeroed. Null when this guest's memory or a limit is
    // exhausted, or the peer is gone. The worker can use the region as soon as this returns.
    virtual std::unique_ptr<SharedRegion> share(std::size_t bytes) = 0;
    // A descriptor that keeps the region's pages, also beyond this process, and by which another
    // context of this guest can share them with its worker. Empty when there is none to be had.
    virtual UniqueFd export_region(const SharedRegion& /*region*/) { return {}; }
    // The whole region that some context of this guest exported, as if share() had made it. Null
    // also when the descriptor, which stays the caller's, is anything else.
    virtual std::unique_ptr<SharedRegion> import_region(int /*fd*/) { return nullptr; }
    // Tells the worker to serve the command channel at `offset` of `region`. False as for share().
    virtual bool open_channel(ChannelId channel, const SharedRegion& region,
                              std::size_t offset) = 0;
    // Wakes the worker's thread that serves the channel.
    virtual void ring_channel(ChannelId channel) = 0;
    // Sleeps until the host rings the context's doorbell, the peer is gone or the time is over.
    // At most one thread at a time; the doorbell stays rung until a wait() returned it.
    virtual Wake wait(std::optional<std::chrono::nanoseconds> timeout) = 0;
    // Ends the present wait(), or the next one, as the doorbell does.
    virtual void interrupt() = 0;
    // Asks the kernel, without waiting, whether the peer is gone.
    virtual bool peer_gone() = 0;
    // Ends the context: the worker sees this guest's death, and whatever is asked later fails at
    // once. Regions stay mapped here until they are destroyed.
    virtual void hang_up() = 0;
};

}  // namespace vgpu::transport
