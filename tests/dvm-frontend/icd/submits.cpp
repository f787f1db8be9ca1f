// Copies submits out of the records, which do not outlive their handler.
#include "submits.h"

#include "ring/layout.h"
#include "wire/chain.h"

namespace vgpu::icd::test {

namespace {

template <typename Handle>
std::vector<std::uint64_t> ids(const Handle* handles, std::uint32_t count) {
    std::vector<std::uint64_t> found;
    for (std::uint32_t i = 0; i < count; ++i)
        found.push_back(reinterpret_cast<std::uint64_t>(handles[i]));
    return found;
}

template <typename Info>
Submitted::Batch common(const Info& info) {
    Submitted::Batch batch;
    batch.waits = ids(info.pWaitSemaphores, info.waitSemaphoreCount);
    batch.signals = ids(info.pSignalSemaphores, info.signalSemaphoreCount);
    if (const auto* values = find_in_chain<VkTimelineSemaphoreSubmitInfo>(
            info.pNext, VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO))
        batch.wait_values.assign(values->pWaitSemaphoreValues,
                                 values->pWaitSemaphoreValues + values->waitSemaphoreValueCount);
    return batch;
}

Submitted::Batch batch_of(const VkSubmitInfo& info) {
    Submitted::Batch batch = common(info);
    batch.wait_stages.assign(info.pWaitDstStageMask,
                             info.pWaitDstStageMask + info.waitSemaphoreCount);
    batch.command_buffers = ids(info.pCommandBuffers, info.commandBufferCount);
    if (const auto* group = find_in_chain<VkDeviceGroupSubmitInfo>(
            info.pNext, VK_STRUCTURE_TYPE_DEVICE_GROUP_SUBMIT_INFO))
        batch.wait_devices.assign(group->pWaitSemaphoreDeviceIndices,
                                  group->pWaitSemaphoreDeviceIndices + group->waitSemaphoreCount);
    const auto* guarded =
        find_in_chain<VkProtectedSubmitInfo>(info.pNext, VK_STRUCTURE_TYPE_PROTECTED_SUBMIT_INFO);
    batch.is_protected = guarded && guarded->protectedSubmit;
    return batch;
}
Submitted::Batch batch_of(const VkBindSparseInfo& info) {
    return common(info);
}
Submitted::Batch batch_of(const VkSubmitInfo2& info) {
    Submitted::Batch batch;
    for (std::uint32_t i = 0; i < info.waitSemaphoreInfoCount; ++i) {
        const VkSemaphoreSubmitInfo& wait = info.pWaitSemaphoreInfos[i];
        batch.waits.push_back(reinterpret_cast<std::uint64_t>(wait.semaphore));
        batch.wait_stages.push_back(wait.stageMask);
        batch.wait_values.push_back(wait.value);
    }
    for (std::uint32_t i = 0; i < info.signalSemaphoreInfoCount; ++i)
        batch.signals.push_back(
            reinterpret_cast<std::uint64_t>(info.pSignalSemaphoreInfos[i].semaphore));
    for (std::uint32_t i = 0; i < info.commandBufferInfoCount; ++i)
        batch.command_buffers.push_back(
            reinterpret_cast<std::uint64_t>(info.pCommandBufferInfos[i].commandBuffer));
    return batch;
}

template <typename Info, typename Args>
Submitted submitted(const Args& args, const Info* infos, std::uint32_t count) {
    Submitted made;
    for (std::uint32_t i = 0; i < count; ++i) made.batches.push_back(batch_of(infos[i]));
    made.writes.assign(args.pStatusWrites, args.pStatusWrites + args.statusWriteCount);
    return made;
}

}  // namespace

Submits::Submits(FakeHost& host) : host_(host) {
    const auto keep = [all = all_](Submitted made) {
        const std::lock_guard lock(all->mutex);
        all->submits.push_back(std::move(made));
    };
    host.on_post<wire::Args_vgpuQueueSubmit>(
        [keep](const auto& args) { keep(submitted(args, args.pSubmits, args.submitCount)); });
    host.on_post<wire::Args_vgpuQueueSubmit2>(
        [keep](const auto& args) { keep(submitted(args, args.pSubmits, args.submitCount)); });
    host.on_post<wire::Args_vgpuQueueBindSparse>(
        [keep](const auto& args) { keep(submitted(args, args.pBindInfo, args.bindInfoCount)); });
}

void Submits::complete() {
    for (const VgpuStatusWrite& write : at(completed_).writes) this->write(write);
    ++completed_;
}

void Submits::complete_batch(std::uint32_t batch) {
    for (const VgpuStatusWrite& write : at(completed_).writes)
        if (write.batch <= batch) this->write(write);
}

void Submits::complete_all() {
    while (completed_ < count()) complete();
}

// As the host does: a slot only grows.
void Submits::write(const VgpuStatusWrite& write) {
    auto* slots =
        reinterpret_cast<ring::StatusSlot*>(host_.control_region().data() + ring::kStatusOffset);
    if (slots[write.slot].load() < write.value) slots[write.slot].store(write.value);
}

}  // namespace vgpu::icd::test
