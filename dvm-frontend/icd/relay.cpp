// Entries that are due, and the device's semaphores on the host.
#include "icd/relay.h"

#include <algorithm>
#include <new>
#include <utility>

#include "icd/device.h"
#include "icd/forward.h"

namespace vgpu::icd {

SharedSemaphore::SharedSemaphore(Device& owner, std::shared_ptr<SharedPayload> shared)
    : device(owner), payload(std::move(shared)), pushed_(payload->reached()) {}

SharedSemaphore::~SharedSemaphore() {
    if (id == 0) return;
    Context& context = *device.context;
    post(context, wire::Args_vkDestroySemaphore{.device = handle_of_object<VkDevice>(device),
                                                .semaphore = handle_of_object<VkSemaphore>(*this)});
    context.recycle_id(id);
}

std::shared_ptr<SharedSemaphore> SharedSemaphore::make(Device& device,
                                                       std::shared_ptr<SharedPayload> payload) {
    if (!payload) return nullptr;
    std::shared_ptr<SharedSemaphore> made;
    try {
        made.reset(new SharedSemaphore(device, std::move(payload)));
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
    Context& context = *device.context;
    made->id = context.new_id();
    if (made->id == 0) return nullptr;
    const VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr,
                                         VK_SEMAPHORE_TYPE_TIMELINE, made->pushed_};
    const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type, 0};
    post(context, wire::Args_vkCreateSemaphore{.device = handle_of_object<VkDevice>(device),
                                               .pCreateInfo = &info,
                                               .pSemaphore = made->id});
    return made;
}

// Only numbers that a submit of this application waits for, whatever another process wrote: a
// driver wants its timelines to grow, and not by too much.
void SharedSemaphore::push(std::uint64_t number) {
    if (number <= pushed_) return;
    pushed_ = number;
    const VkSemaphoreSignalInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr,
                                     handle_of_object<VkSemaphore>(*this), number};
    post(*device.context, wire::Args_vkSignalSemaphore{.device = handle_of_object<VkDevice>(device),
                                                       .pSignalInfo = &info});
    device.context->publish_all();
}

Relay::Room::~Room() {
    if (entries_ == 0) return;
    const std::lock_guard lock(relay_.mutex_);
    relay_.reserved_ -= entries_;
}

bool Relay::Room::try_reserve(std::size_t entries) {
    if (entries == 0) return true;
    const std::lock_guard lock(relay_.mutex_);
    const auto grow = [&](auto& list) {
        const std::size_t needed = list.size() + relay_.reserved_ + entries;
        if (list.capacity() < needed) list.reserve(std::max(needed, 2 * list.capacity()));
    };
    try {
        grow(relay_.publishes_);
        grow(relay_.awaits_);
    } catch (const std::bad_alloc&) {
        return false;
    }
    entries_ = entries;
    relay_.reserved_ += entries;
    return true;
}

void Relay::publish(Point point, std::shared_ptr<SharedPayload> payload, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    // The publisher keeps what it finds when the context is lost, and looks no more.
    if (device_.context->lost() || !threads_) return payload->keep(number);
    publishes_.push_back({point, std::move(payload), number});
    count_entries();
    threads_->work.notify_one();
}

bool Relay::await(const std::shared_ptr<SharedSemaphore>& semaphore, std::uint64_t number) {
    if (semaphore->payload->has_reached(number)) return false;
    {
        const std::lock_guard lock(mutex_);
        if (number <= semaphore->pushed_) return true;
        awaits_.push_back({semaphore, number});
        count_entries();
    }
    // It may have been reached before anybody listens.
    step();
    listen_to(*semaphore->payload);
    return true;
}

bool Relay::tell(const std::shared_ptr<SharedPayload>& payload, std::uint64_t number,
                 UniqueFd end) {
    using transport::ForkGuard;
    try {
        std::unique_ptr<const ForkGuard> guard(new ForkGuard(ForkGuard::descriptor(end.get())));
        const std::lock_guard lock(mutex_);
        tells_.push_back({payload, number, std::move(end), std::move(guard)});
        count_entries();
    } catch (const std::bad_alloc&) {
        return false;
    }
    step();
    listen_to(*payload);
    return true;
}

void Relay::take_step() {
    const std::lock_guard lock(mutex_);
    publish_reached(false);
    push_reached();
    tell_reached(false);
    count_entries();
}

void Relay::publish_reached(bool all) {
    std::erase_if(publishes_, [&](const Publish& entry) {
        if (!all && !entry.point.reached(*device_.context)) return false;
        entry.payload->keep(entry.number);
        return true;
    });
}

void Relay::push_reached() {
    std::erase_if(awaits_, [](const Await& entry) {
        if (!entry.semaphore->payload->has_reached(entry.number)) return false;
        entry.semaphore->push(entry.number);
        return true;
    });
}

void Relay::tell_reached(bool all) {
    std::erase_if(
        tells_, [&](const Tell& entry) { return all || entry.payload->has_reached(entry.number); });
}

void Relay::count_entries() {
    entries_.store(publishes_.size() + awaits_.size() + tells_.size(), std::memory_order_release);
}

bool Relay::any_point_reached() {
    const std::lock_guard lock(mutex_);
    return std::any_of(publishes_.begin(), publishes_.end(),
                       [&](const Publish& entry) { return entry.point.reached(*device_.context); });
}

Relay::Watch::~Watch() {
    if (!used_) return;
    const std::lock_guard lock(relay_.mutex_);
    std::erase_if(relay_.watched_, [&](const Watched& one) { return one.watch == this; });
}

void Relay::Watch::add(const std::shared_ptr<SharedPayload>& payload) {
    used_ = true;
    {
        const std::lock_guard lock(relay_.mutex_);
        relay_.watched_.push_back({payload, this});
    }
    relay_.listen_to(*payload);
}

}  // namespace vgpu::icd
