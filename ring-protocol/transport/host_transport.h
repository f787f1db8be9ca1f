// The worker's end of a context's connection: maps the guest's regions, serves its channels.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "transport/messages.h"

namespace vgpu::transport {

// A guest's memory, mapped here. What lies in it changes at the guest's will: copy once.
class MappedRegion {
  public:
    virtual ~MappedRegion() = default;
    std::uint8_t* data() const { return data_; }
    std::size_t size() const { return size_; }

  protected:
    MappedRegion(std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  private:
    std::uint8_t* data_;
    std::size_t size_;
};

// Sleeps and wakes one channel's thread.
class ChannelDoorbell {
  public:
    virtual ~ChannelDoorbell() = default;
    // Sleeps until the guest rings this channel or stop() was called; with a limit no longer than
    // that, and false when nothing came. Spurious returns are fine.
    virtual bool wait(std::optional<std::chrono::milliseconds> limit = std::nullopt) = 0;
    // Ends the present and every later wait(). Any thread.
    virtual void stop() = 0;
};

// What the worker does when the guest's requests arrive; called on the thread inside run().
// A returned text, if not empty, refuses the request and is sent to the guest and logged.
class HostHandler {
  public:
    virtual ~HostHandler() = default;
    virtual std::string add_region(RegionId id, std::shared_ptr<MappedRegion> region) = 0;
    virtual std::string remove_region(RegionId id) = 0;
    virtual std::string open_channel(ChannelId channel, RegionId region, std::size_t offset,
                                     std::unique_ptr<ChannelDoorbell> doorbell) = 0;
    // Told after each change: what all regions have together, in bytes.
    virtual void now_shares(std::uint64_t /*bytes*/) {}
};

class HostTransport {
  public:
    virtual ~HostTransport() = default;
    // The control region that came with the guest's first words.
    virtual MappedRegion& control_region() = 0;
    // Serves the guest's requests until the guest is gone (on Xen: and no next supervisor comes to
    // speak for it), says nonsense, or stop() is called.
    // Returns why it ended, for the log.
    virtual std::string run(HostHandler& handler) = 0;
    virtual void stop() = 0;
    // Wakes the guest's sleepers. Any thread; never blocks.
    virtual void ring_guest() = 0;
};

}  // namespace vgpu::transport
