// Channels, ids, status slots and loss of one context.
#include "icd/context.h"

#include <cstdio>
#include <new>

#include "icd/thread_channels.h"

namespace vgpu::icd {

namespace {

// How many polls pass between two that ask the kernel.
constexpr std::uint32_t kPollsPerQuestion = 256;

// A new context may lie where a dead one lay: its number tells them apart.
std::uint64_t next_serial() {
    static constinit std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

const char* describe(std::uint32_t lost) {
    switch (static_cast<ring::LostReason>(lost)) {
        case ring::LostReason::Alive:
            return "The service's worker for this application is gone.";
        case ring::LostReason::ProtocolViolation:
            return "The service found that the commands of this application make no sense.";
        case ring::LostReason::DriverLost:
            return "The host's Vulkan driver lost its device.";
        case ring::LostReason::CreateFailed:
            return "The host's Vulkan driver could not create an object.";
        case ring::LostReason::LimitExceeded:
            return "The application went over a limit of the service.";
        case ring::LostReason::ServiceStopped:
            return "The service ended this application's context.";
    }
    return "The service ended this application's context for a reason unknown here.";
}

// Holds the shared channel's lock, if it is the shared channel.
class Holding {
  public:
    Holding(std::mutex& mutex, bool shared) : lock_(mutex, std::defer_lock) {
        if (shared) lock_.lock();
    }

  private:
    std::unique_lock<std::mutex> lock_;
};

}  // namespace

Context::Context(std::unique_ptr<transport::GuestTransport> transport)
    : serial_(next_serial()),
      transport_(std::move(transport)),
      control_(*reinterpret_cast<ring::ControlPage*>(transport_->control_region().data())),
      status_(reinterpret_cast<ring::StatusSlot*>(transport_->control_region().data() +
                                                  ring::kStatusOffset)),
      fork_guard_([](void* context, std::size_t) { static_cast<Context*>(context)->forked(); },
                  this),
      waiter_(*transport_, control_, lost_),
      ids_(welcome().objects_max),
      channels_(std::make_shared<ChannelPool>(*this, clock_, welcome().channels_max)) {
    if (!channels_->open_shared()) mark_lost("The service opens no command channel.");
}

Context::~Context() {
    // The worker need not unmap one by one what its end frees.
    transport_->hang_up();
    channels_->close();
}

Channel& Context::find_channel() {
    return thread_channels::switch_to(serial_, channels_);
}

Channel& Context::try_earn_channel(Channel& shared) {
    if (!channels_->earned(thread_channel.shared_records) || lost()) return shared;
    const bool wrote_there = thread_channel.shared_records != 0;
    thread_channel.shared_records = 0;  // asks again after as many
    Channel* own = channels_->take();
    if (own == nullptr) return shared;
    if (!thread_channels::keep(*own)) {
        channels_->give(*own);
        return shared;
    }
    if (wrote_there) own->await(shared, shared.written());
    return *own;
}

Channel& Context::channel_after(Channel& previous) {
    Channel& mine = channel();
    const Holding holding(mine.mutex_, mine.shared());
    mine.await(previous, previous.written());
    return mine;
}

void Context::order_after_all_channels() {
    Channel& mine = channel();
    const Holding holding(mine.mutex_, mine.shared());
    const std::uint32_t count = channels_->count();
    for (std::uint32_t i = 0; i < count; ++i) {
        Channel& other = channels_->at(i);
        mine.await(other, other.written());
    }
}

void Context::publish_all() {
    // Before the look at what is committed: see Post::publish_if_awaited().
    clock_.publish_epoch.fetch_add(1, std::memory_order_seq_cst);
    const std::uint32_t count = channels_->count();
    for (std::uint32_t i = 0; i < count; ++i) channels_->at(i).publish();
}

wire::ObjectId Context::new_id() {
    Channel& mine = channel();
    const Holding holding(mine.mutex_, mine.shared());
    if (const wire::ObjectId id = IdPool::take(mine.ids_)) return id;
    std::optional<IdPool::Await> await;
    if (!ids_.refill(mine.ids_, await)) return 0;
    if (await) mine.await(channels_->at(await->channel), await->position);
    return IdPool::take(mine.ids_);
}

void Context::recycle_id(wire::ObjectId id) {
    Channel& mine = channel();
    const Holding holding(mine.mutex_, mine.shared());
    try {
        ids_.give(mine.ids_, id, mine.id(), mine.written());
    } catch (const std::bad_alloc&) {
        // The index stays unused.
    }
}

std::optional<std::uint32_t> Context::take_status_slot() {
    const std::lock_guard lock(slots_mutex_);
    std::uint32_t slot;
    if (!free_slots_.empty()) {
        slot = free_slots_.back();
        free_slots_.pop_back();
    } else if (next_slot_ < ring::kStatusSlots) {
        slot = next_slot_++;
    } else {
        return std::nullopt;
    }
    status_[slot].store(0, std::memory_order_relaxed);
    return slot;
}

void Context::give_status_slot(std::uint32_t slot) {
    const std::lock_guard lock(slots_mutex_);
    try {
        free_slots_.push_back(slot);
    } catch (const std::bad_alloc&) {
        // The slot stays unused.
    }
}

bool Context::wait(DoneRef done, std::optional<std::chrono::nanoseconds> timeout,
                   Waiter::For what) {
    using Clock = std::chrono::steady_clock;
    if (done()) return true;
    publish_all();
    Waiter::Deadline deadline;
    if (timeout) {
        const auto now = Clock::now();
        // A time that the clock cannot count to has no end.
        if (*timeout < Clock::time_point::max() - now) deadline = now + *timeout;
    }
    switch (waiter_.wait(done, deadline, what)) {
        case Waiter::Result::Done:
            return true;
        case Waiter::Result::Lost:
            note_loss();
            return false;
        case Waiter::Result::TimedOut:
            break;
    }
    return false;
}

bool Context::lost_now() {
    if (lost()) return true;
    const std::uint32_t polls = polls_.load(std::memory_order_relaxed) + 1;
    polls_.store(polls, std::memory_order_relaxed);  // may lose a count, which does not matter
    if (polls % kPollsPerQuestion == 0) {
        publish_all();
        if (transport_->peer_gone()) lost_.store(true, std::memory_order_release);
    }
    if (!waiter_.lost()) return false;
    note_loss();
    return true;
}

void Context::note_loss() {
    const std::uint32_t reason = control_.lost.load(std::memory_order_relaxed);
    if (reason != 0 || transport_->peer_gone()) {
        mark_lost(describe(reason));
    } else {
        mark_lost();
    }
}

void Context::mark_lost(const char* why) {
    if (!loss_told_.exchange(true, std::memory_order_relaxed))
        std::fprintf(stderr, "vgpu: The device is lost: %s\n", why);
    mark_lost();
}

void Context::forked() {
    loss_told_.store(true, std::memory_order_relaxed);
    lost_.store(true, std::memory_order_release);
}

void Context::mark_lost() {
    lost_.store(true, std::memory_order_release);
    waiter_.wake_all();
}

}  // namespace vgpu::icd
