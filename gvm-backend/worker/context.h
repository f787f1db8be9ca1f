// One guest process's instance: its memory, its channels, the order between them, and its end.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/log_limit.h"
#include "transport/host_transport.h"
#include "worker/account.h"
#include "worker/channel_thread.h"
#include "worker/mapped_regions.h"
#include "worker/replay_port.h"
#include "worker/sequencer.h"

namespace vgpu::worker {

// Owned by the worker's main thread. HostHandler's members are called on that thread with what the
// guest asks for, unchecked; WorkerServices' by channel and completion threads. lose() ends the
// transport's run(), and with it the worker.
class Context : public transport::HostHandler, public WorkerServices {
  public:
    // `transport` and `account` outlive this. Throws SetupError when the guest's control region is
    // too small.
    Context(transport::HostTransport& transport, const HostOptions& options, AccountPage& account);
    // Ends the channels' threads, waiting for the commands that are running.
    ~Context();

    // Why the context was lost; empty while it was not.
    std::string loss() const;

    std::string add_region(transport::RegionId id,
                           std::shared_ptr<transport::MappedRegion> region) override;
    std::string remove_region(transport::RegionId id) override;
    std::string open_channel(transport::ChannelId channel, transport::RegionId region,
                             std::size_t offset,
                             std::unique_ptr<transport::ChannelDoorbell> doorbell) override;

    void now_shares(std::uint64_t bytes) override {
        account_.line().shared_bytes.store(bytes, std::memory_order_relaxed);
    }

    const HostOptions& options() const override { return options_; }
    GuestPages find_pages(transport::RegionId region, std::uint64_t offset,
                          std::uint64_t bytes) override;
    using WorkerServices::write_status;
    bool write_status(std::span<const StatusWrite> writes) override;
    void lose(ring::LostReason reason, const std::string& text) override;
    CompletionWatch& completion_watch() override { return completion_watch_; }
    HeapKeeper& heap_keeper() override { return heap_keeper_; }
    bool lost() const override { return lost_.load(std::memory_order_relaxed); }
    void wake_guest() override;
    void leave_turn(std::uint32_t order) override { sequencer_.leave(order); }
    bool try_charge(std::uint64_t bytes) override { return account_.try_charge(bytes); }
    void release(std::uint64_t bytes) override { account_.release(bytes); }
    void count_submission() override;
    void count_command_bytes(std::uint64_t bytes) override;
    void count_busy(std::chrono::nanoseconds time) override;
    void note_refused_shader(const std::string& text) override;

  private:
    transport::HostTransport& transport_;
    const HostOptions options_;
    ring::ControlPage& control_;
    ring::StatusSlot* const status_;
    Sequencer sequencer_;
    std::atomic<bool> lost_{false};
    AccountEntry account_;
    HeapKeeper heap_keeper_;
    CompletionWatch completion_watch_;  // outlives the queues, which are the replay's
    MappedRegions mapped_;              // outlives those who hold regions
    mutable std::mutex mutex_;
    std::map<transport::RegionId, std::shared_ptr<transport::MappedRegion>> regions_;  // mutex_
    std::string loss_;                                                                 // mutex_
    daemon::LogLimit refused_shaders_{20, std::chrono::seconds(3)};                    // mutex_
    // The replay's objects are destroyed after the channels' threads that use them.
    std::unique_ptr<ContextReplay> replay_;
    std::array<std::unique_ptr<ChannelThread>, ring::kMaxChannels> channels_;  // main thread only
};

}  // namespace vgpu::worker
