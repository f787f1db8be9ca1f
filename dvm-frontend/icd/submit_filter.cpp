// Thins the lists of semaphores, and everything that is parallel to them.
#include "icd/submit_filter.h"

#include <type_traits>
#include <utility>

#include "icd/batch.h"
#include "icd/device.h"

namespace vgpu::icd {

namespace {

template <typename Batch>
std::size_t all_waits(std::uint32_t count, const Batch* batches) {
    std::size_t waits = 0;
    for (std::uint32_t i = 0; i < count; ++i) waits += wait_count(batches[i]);
    return waits;
}

template <typename Batch>
std::size_t all_signals(std::uint32_t count, const Batch* batches) {
    std::size_t signals = 0;
    for (std::uint32_t i = 0; i < count; ++i) signals += signal_count(batches[i]);
    return signals;
}

// Copies the structure and puts it before the chain's `begin`.
template <typename Structure>
void put_first(const void*& begin, Structure& copy, const VkBaseInStructure* from) {
    copy = *reinterpret_cast<const Structure*>(from);
    copy.pNext = begin;
    begin = &copy;
}

// Of an array that Vulkan lets be shorter, or null, where its values do not matter.
template <typename Value>
Value element(const Value* values, std::uint32_t count, std::uint32_t i) {
    return values && i < count ? values[i] : Value{};
}

}  // namespace

FilteredWait take_wait(VkSemaphore handle, std::uint64_t value) {
    Semaphore& semaphore = object_of<Semaphore>(handle);
    const std::shared_ptr<SharedSemaphore> shared = semaphore.shared();
    if (!shared) return {!semaphore.take_guest_signal(), handle, false, 0, nullptr};
    if (!semaphore.timeline) value = shared->payload->take();
    // A wait ends a temporary payload (Vulkan specification, "Importing Semaphore Payloads").
    semaphore.temporary.reset();
    const bool needed = shared->device.relay.await(shared, value);
    return {needed, handle_of_object<VkSemaphore>(*shared), true, value, shared};
}

bool take_signal(VkSemaphore handle, std::uint64_t value, Point point) {
    const Semaphore& semaphore = object_of<Semaphore>(handle);
    const std::shared_ptr<SharedSemaphore>& shared = semaphore.shared();
    if (!shared) return false;
    const std::shared_ptr<SharedPayload>& payload = shared->payload;
    const std::uint64_t number = semaphore.timeline ? payload->promise(value) : payload->promise();
    shared->device.relay.publish(point, payload, number);
    return true;
}

const VkSubmitInfo2* SubmitFilter<VkSubmitInfo2>::filter(std::uint32_t count,
                                                         const VkSubmitInfo2* batches,
                                                         const SubmitPlace& place) {
    if (!copies_.resize(count) || !waits_.resize(all_waits(count, batches)) ||
        !signals_.resize(all_signals(count, batches)) ||
        !kept_.resize(place.shared ? waits_.size() : 0))
        return nullptr;
    std::size_t waits = 0, signals = 0;
    for (std::uint32_t b = 0; b < count; ++b) {
        const VkSubmitInfo2& batch = batches[b];
        copies_[b] = batch;
        copies_[b].pWaitSemaphoreInfos = waits_.data() + waits;
        copies_[b].waitSemaphoreInfoCount = 0;
        for (std::uint32_t i = 0; i < batch.waitSemaphoreInfoCount; ++i) {
            const VkSemaphoreSubmitInfo& wait = batch.pWaitSemaphoreInfos[i];
            FilteredWait filtered = take_wait(wait.semaphore, wait.value);
            if (!filtered.sent) continue;
            if (filtered.shared) kept_.add(std::move(filtered.shared));
            waits_[waits] = wait;
            waits_[waits].semaphore = filtered.semaphore;
            if (filtered.numbered) waits_[waits].value = filtered.value;
            ++waits;
            ++copies_[b].waitSemaphoreInfoCount;
        }
        copies_[b].pSignalSemaphoreInfos = signals_.data() + signals;
        copies_[b].signalSemaphoreInfoCount = 0;
        for (std::uint32_t i = 0; i < batch.signalSemaphoreInfoCount; ++i) {
            const VkSemaphoreSubmitInfo& signal = batch.pSignalSemaphoreInfos[i];
            if (take_signal(signal.semaphore, signal.value, place.point(b))) continue;
            signals_[signals++] = signal;
            ++copies_[b].signalSemaphoreInfoCount;
        }
    }
    return copies_.data();
}

const void* SubmitChain::copy(const void* next, bool with_timeline) {
    timeline = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    bool has_timeline = false;
    const void* begin = nullptr;
    has_device_group = false;
    for (auto* at = static_cast<const VkBaseInStructure*>(next); at; at = at->pNext) {
        switch (at->sType) {
            case VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO:
                put_first(begin, timeline, at);
                has_timeline = true;
                break;
            case VK_STRUCTURE_TYPE_DEVICE_GROUP_SUBMIT_INFO:
                put_first(begin, device_group, at);
                has_device_group = true;
                break;
            case VK_STRUCTURE_TYPE_PROTECTED_SUBMIT_INFO:
                put_first(begin, protected_submit, at);
                break;
            case VK_STRUCTURE_TYPE_DEVICE_GROUP_BIND_SPARSE_INFO:
                put_first(begin, sparse_device_group, at);
                break;
            default:
                break;
        }
    }
    if (with_timeline && !has_timeline) {
        timeline.pNext = begin;
        begin = &timeline;
    }
    return begin;
}

template <typename Batch>
const Batch* SubmitFilter<Batch>::filter(std::uint32_t count, const Batch* batches,
                                         const SubmitPlace& place) {
    const std::size_t waits = all_waits(count, batches);
    if (!copies_.resize(count) || !chains_.resize(count) || !stages_.resize(waits) ||
        !waits_.resize(waits) || !signals_.resize(all_signals(count, batches)) ||
        !kept_.resize(place.shared ? waits : 0))
        return nullptr;
    for (std::uint32_t b = 0; b < count; ++b) {
        copies_[b] = batches[b];
        copies_[b].pNext = chains_[b].copy(batches[b].pNext, place.shared);
        filter_waits(copies_[b], chains_[b]);
        filter_signals(copies_[b], chains_[b], place.point(b));
    }
    return copies_.data();
}

template <typename Batch>
void SubmitFilter<Batch>::filter_waits(Batch& batch, SubmitChain& chain) {
    const std::uint32_t first = waits_.used;
    for (std::uint32_t i = 0; i < batch.waitSemaphoreCount; ++i) {
        const std::uint64_t value =
            element(chain.timeline.pWaitSemaphoreValues, chain.timeline.waitSemaphoreValueCount, i);
        FilteredWait filtered = take_wait(batch.pWaitSemaphores[i], value);
        if (!filtered.sent) continue;
        if (filtered.shared) kept_.add(std::move(filtered.shared));
        if constexpr (std::is_same_v<Batch, VkSubmitInfo>)
            stages_[waits_.used] = batch.pWaitDstStageMask[i];
        const std::uint32_t device = chain.has_device_group
                                         ? element(chain.device_group.pWaitSemaphoreDeviceIndices,
                                                   chain.device_group.waitSemaphoreCount, i)
                                         : 0;
        waits_.add(filtered.semaphore, filtered.numbered ? filtered.value : value, device);
    }
    const std::uint32_t left = waits_.used - first;
    batch.waitSemaphoreCount = left;
    batch.pWaitSemaphores = waits_.semaphores.data() + first;
    if constexpr (std::is_same_v<Batch, VkSubmitInfo>)
        batch.pWaitDstStageMask = stages_.data() + first;
    chain.timeline.waitSemaphoreValueCount = left;
    chain.timeline.pWaitSemaphoreValues = waits_.values.data() + first;
    if (chain.has_device_group && chain.device_group.waitSemaphoreCount != 0) {
        chain.device_group.waitSemaphoreCount = left;
        chain.device_group.pWaitSemaphoreDeviceIndices = waits_.devices.data() + first;
    }
}

template <typename Batch>
void SubmitFilter<Batch>::filter_signals(Batch& batch, SubmitChain& chain, Point point) {
    const std::uint32_t first = signals_.used;
    for (std::uint32_t i = 0; i < batch.signalSemaphoreCount; ++i) {
        const std::uint64_t value = signal_value_at(batch, i);
        if (take_signal(batch.pSignalSemaphores[i], value, point)) continue;
        const std::uint32_t device = chain.has_device_group
                                         ? element(chain.device_group.pSignalSemaphoreDeviceIndices,
                                                   chain.device_group.signalSemaphoreCount, i)
                                         : 0;
        signals_.add(batch.pSignalSemaphores[i], value, device);
    }
    const std::uint32_t left = signals_.used - first;
    batch.signalSemaphoreCount = left;
    batch.pSignalSemaphores = signals_.semaphores.data() + first;
    chain.timeline.signalSemaphoreValueCount = left;
    chain.timeline.pSignalSemaphoreValues = signals_.values.data() + first;
    if (chain.has_device_group && chain.device_group.signalSemaphoreCount != 0) {
        chain.device_group.signalSemaphoreCount = left;
        chain.device_group.pSignalSemaphoreDeviceIndices = signals_.devices.data() + first;
    }
}

template class SubmitFilter<VkSubmitInfo>;
template class SubmitFilter<VkBindSparseInfo>;

}  // namespace vgpu::icd
