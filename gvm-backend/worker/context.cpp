// What a context grants and refuses its guest.
#include "worker/context.h"

#include <spdlog/spdlog.h>

#include "base/setup_error.h"

namespace vgpu::worker {

namespace {

// Each region costs this process a mapping, of which the kernel allows about 65,000.
constexpr std::size_t kMaxRegions = 8192;
// What a driver may take with a region that its guest takes back.
constexpr std::chrono::seconds kUnmapPatience{5};

transport::MappedRegion& checked(transport::MappedRegion& control) {
    if (control.size() < ring::kControlRegionBytes) {
        throw SetupError("The guest's control region has " + std::to_string(control.size()) +
                             " bytes, not " + std::to_string(ring::kControlRegionBytes) + ".",
                         "Update the guest's driver.");
    }
    return control;
}

// Several threads of ours may raise a slot. The guest can write there too, which hurts only itself,
// but must not keep us here.
void raise(ring::StatusSlot& slot, std::uint64_t value) {
    constexpr int kTries = 64;
    std::uint64_t now = slot.load(std::memory_order_relaxed);
    for (int i = 0; i < kTries && now < value; ++i) {
        if (slot.compare_exchange_strong(now, value, std::memory_order_release)) return;
    }
}

}  // namespace

Context::Context(transport::HostTransport& transport, const HostOptions& options,
                 AccountPage& account)
    : transport_(transport),
      options_(options),
      control_(*reinterpret_cast<ring::ControlPage*>(checked(transport.control_region()).data())),
      status_(reinterpret_cast<ring::StatusSlot*>(transport.control_region().data() +
                                                  ring::kStatusOffset)),
      account_(account, options.account_line),
      completion_watch_(options.channels_watch),
      replay_(replay::make_context_replay(*this)) {}

Context::~Context() {
    sequencer_.stop();
    for (auto& channel : channels_) {
        if (channel) channel->stop();
    }
}

std::string Context::loss() const {
    std::lock_guard lock(mutex_);
    return loss_;
}

std::string Context::add_region(transport::RegionId id,
                                std::shared_ptr<transport::MappedRegion> region) {
    std::lock_guard lock(mutex_);
    if (id == 0 || regions_.count(id) != 0) {
        return "Region id " + std::to_string(id) + " is in use or cannot be.";
    }
    if (regions_.size() >= kMaxRegions) {
        return "The context has " + std::to_string(kMaxRegions) +
               " regions already; share larger ones.";
    }
    regions_.emplace(id, mapped_.watch(id, std::move(region)));
    return {};
}

// The guest takes the answer for the end of every mapping, and its kernel may be slow to get back
// pages that it frees while they are mapped here. What frees them stands before in a ring.
std::string Context::remove_region(transport::RegionId id) {
    {
        std::lock_guard lock(mutex_);
        if (regions_.erase(id) == 0) return "There is no region " + std::to_string(id) + ".";
    }
    if (mapped_.wait_until_unmapped(id, kUnmapPatience)) return {};
    return "Region " + std::to_string(id) + " is in use still.";
}

std::string Context::open_channel(transport::ChannelId channel, transport::RegionId region,
                                  std::size_t offset,
                                  std::unique_ptr<transport::ChannelDoorbell> doorbell) {
    if (channel >= options_.channels_max || channel >= channels_.size()) {
        return "Channel " + std::to_string(channel) + " is not below the limit of " +
               std::to_string(options_.channels_max) + ".";
    }
    if (channels_[channel]) return "Channel " + std::to_string(channel) + " is open already.";
    GuestPages rings = find_pages(region, offset, ring::kChannelBytes);
    if (!rings || offset % ring::kLineBytes != 0) {
        return "Region " + std::to_string(region) + " has no place for a channel at " +
               std::to_string(offset) + ".";
    }
    if (lost()) return "The context is lost.";
    try {
        channels_[channel] =
            std::make_unique<ChannelThread>(channel, std::move(rings.region), offset,
                                            std::move(doorbell), sequencer_, *replay_, *this);
    } catch (const std::exception& error) {
        return std::string("A channel's thread cannot be made: ") + error.what() + ".";
    }
    return {};
}

GuestPages Context::find_pages(transport::RegionId region, std::uint64_t offset,
                               std::uint64_t bytes) {
    std::lock_guard lock(mutex_);
    const auto found = regions_.find(region);
    if (found == regions_.end()) return {};
    const std::uint64_t size = found->second->size();
    if (offset > size || bytes > size - offset) return {};
    return {found->second->data() + offset, static_cast<std::size_t>(bytes), found->second};
}

bool Context::write_status(std::span<const StatusWrite> writes) {
    for (const StatusWrite& write : writes) {
        if (!valid_slot(write.slot)) return false;
    }
    for (const StatusWrite& write : writes) raise(status_[write.slot], write.value);
    if (!writes.empty()) wake_guest();
    return true;
}

void Context::lose(ring::LostReason reason, const std::string& text) {
    {
        std::lock_guard lock(mutex_);
        if (lost_.exchange(true)) return;
        loss_ = text;
    }
    spdlog::error("Context lost: {}", text);
    sequencer_.stop();
    control_.lost.store(static_cast<std::uint32_t>(reason), std::memory_order_release);
    // First the worker's end, then the bell: a guest can make writing to its eventfd wait.
    transport_.stop();
    transport_.ring_guest();
}

void Context::wake_guest() {
    // The guest counts itself as waiting, then looks again; we have changed something, then look.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (control_.guest_waits.load(std::memory_order_relaxed) != 0) transport_.ring_guest();
}

void Context::count_submission() {
    account_.line().submissions.fetch_add(1, std::memory_order_relaxed);
    // The guest counts them, and may lie about them: they are shown, and nothing depends on them.
    account_.line().frames.store(control_.frames.load(std::memory_order_relaxed),
                                 std::memory_order_relaxed);
}

void Context::count_command_bytes(std::uint64_t bytes) {
    account_.line().command_bytes.fetch_add(bytes, std::memory_order_relaxed);
}

void Context::count_busy(std::chrono::nanoseconds time) {
    account_.line().busy_ns.fetch_add(static_cast<std::uint64_t>(time.count()),
                                      std::memory_order_relaxed);
}

void Context::note_refused_shader(const std::string& text) {
    account_.line().refused_shaders.fetch_add(1, std::memory_order_relaxed);
    std::lock_guard lock(mutex_);
    if (!refused_shaders_.allow()) return;
    if (const std::uint64_t held_back = refused_shaders_.take_held_back())
        spdlog::warn("{} refused shaders were not logged.", held_back);
    spdlog::warn(
        "{} The program gets VK_ERROR_INVALID_SHADER_NV. If it runs without this service, "
        "report it, and see shader-gate in docs/admin.md.",
        text);
}

}  // namespace vgpu::worker
