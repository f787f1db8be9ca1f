// Opens channels as threads earn them.
#include "icd/channel_pool.h"

#include <algorithm>
#include <new>

#include "icd/context.h"

namespace vgpu::icd {

constinit thread_local ThreadChannel thread_channel{0, nullptr, 0};

ChannelPool::ChannelPool(Context& context, OrderClock& clock, std::uint32_t channels_max)
    : context_(context),
      clock_(clock),
      channels_max_(std::clamp(channels_max, 1u, ring::kMaxChannels)) {
    // give() must not allocate.
    channels_.reserve(ring::kMaxChannels);
    free_.reserve(ring::kMaxChannels);
}

ChannelPool::~ChannelPool() = default;

bool ChannelPool::open_shared() {
    const std::lock_guard lock(mutex_);
    if (open_next() != nullptr) return true;
    channels_.push_back(std::make_unique<Channel>(context_, clock_, 0));
    open_[0].store(channels_.back().get(), std::memory_order_relaxed);
    count_.store(1, std::memory_order_release);
    exhausted_.store(true, std::memory_order_relaxed);
    return false;
}

Channel* ChannelPool::take() {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
        Channel* channel = free_.back();
        free_.pop_back();
        return channel;
    }
    if (exhausted_.load(std::memory_order_relaxed)) return nullptr;
    Channel* channel = nullptr;
    try {
        channel = open_next();
    } catch (const std::bad_alloc&) {
    }
    if (channel == nullptr) exhausted_.store(true, std::memory_order_relaxed);
    return channel;
}

// With mutex_ held.
Channel* ChannelPool::open_next() {
    const transport::ChannelId id = count();
    if (id >= channels_max_) return nullptr;
    transport::GuestTransport& transport = context_.transport();
    std::unique_ptr<transport::SharedRegion> region = transport.share(ring::kChannelBytes);
    if (!region || !transport.open_channel(id, *region, 0)) return nullptr;
    channels_.push_back(std::make_unique<Channel>(context_, clock_, id, std::move(region)));
    open_[id].store(channels_.back().get(), std::memory_order_relaxed);
    // Release: whoever counts it finds it whole.
    count_.store(id + 1, std::memory_order_release);
    return channels_.back().get();
}

void ChannelPool::give(Channel& channel) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    channel.publish();
    free_.push_back(&channel);
}

void ChannelPool::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    count_.store(0, std::memory_order_relaxed);
    free_.clear();
    channels_.clear();
}

}  // namespace vgpu::icd
