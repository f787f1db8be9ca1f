// Tests submits: what is written on completion, and waits that the guest has answered itself.
#include "icd/queue.h"

#include <vector>

#include "icd/semaphore.h"
#include "objects.h"
#include "submits.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

std::uint64_t id(VkSemaphore semaphore) {
    return id_of(semaphore);
}
std::uint32_t slot(VkSemaphore semaphore) {
    return object_of<Semaphore>(semaphore).slot;
}

}  // namespace

TEST_CASE("each batch tells its timelines, and the last one the queue's serial at its end") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const VkQueue queue = queue_of(gpu.device);
    const OwnTimeline early(gpu.device), late(gpu.device);
    const OwnSemaphore binary(gpu.device);
    const VkSemaphore signals[] = {binary, late};
    const std::uint64_t values[] = {0, 9};
    const std::uint64_t early_value = 4;
    const VkSemaphore early_signal = early;
    VkTimelineSemaphoreSubmitInfo early_values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    early_values.signalSemaphoreValueCount = 1;
    early_values.pSignalSemaphoreValues = &early_value;
    VkTimelineSemaphoreSubmitInfo late_values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    late_values.signalSemaphoreValueCount = 2;
    late_values.pSignalSemaphoreValues = values;
    VkSubmitInfo infos[2] = {{VK_STRUCTURE_TYPE_SUBMIT_INFO, &early_values},
                             {VK_STRUCTURE_TYPE_SUBMIT_INFO, &late_values}};
    infos[0].signalSemaphoreCount = 1;
    infos[0].pSignalSemaphores = &early_signal;
    infos[1].signalSemaphoreCount = 2;
    infos[1].pSignalSemaphores = signals;
    CHECK(entry_vkQueueSubmit(queue, 2, infos, VK_NULL_HANDLE) == VK_SUCCESS);

    const std::vector<VgpuStatusWrite>& writes = submits.last().writes;
    REQUIRE(writes.size() == 3);
    CHECK((writes[0].batch == 0 && writes[0].slot == slot(early) && writes[0].value == 4));
    CHECK((writes[1].batch == 1 && writes[1].slot == slot(late) && writes[1].value == 9));
    CHECK((writes[2].batch == 1 && writes[2].slot == object_of<Queue>(queue).status_slot &&
           writes[2].value == 2));
}

TEST_CASE("the values of vkQueueSubmit2 are told like those of vkQueueSubmit") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnTimeline timeline(gpu.device);
    VkSemaphoreSubmitInfo signal{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO};
    signal.semaphore = timeline;
    signal.value = 11;
    VkSubmitInfo2 info{VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
    info.signalSemaphoreInfoCount = 1;
    info.pSignalSemaphoreInfos = &signal;
    CHECK(entry_vkQueueSubmit2(queue_of(gpu.device), 1, &info, VK_NULL_HANDLE) == VK_SUCCESS);
    REQUIRE(submits.last().writes.size() == 2);
    CHECK(submits.last().writes[0].slot == slot(timeline));
    CHECK(submits.last().writes[0].value == 11);
}

TEST_CASE("what a submit has waited for is told with it, and by no write of its own") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const VkQueue queue = queue_of(gpu.device);
    const OwnTimeline waited(gpu.device), signalled(gpu.device);
    const VkSemaphore wait = waited, signal = signalled;
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_TRANSFER_BIT;
    const std::uint64_t wait_values[] = {5, 6, 7};
    const std::uint64_t signal_value = 9;
    VkTimelineSemaphoreSubmitInfo values[3];
    VkSubmitInfo infos[3];
    for (int i = 0; i < 3; ++i) {
        values[i] = {VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
        values[i].waitSemaphoreValueCount = 1;
        values[i].pWaitSemaphoreValues = &wait_values[i];
        infos[i] = {VK_STRUCTURE_TYPE_SUBMIT_INFO, &values[i]};
        infos[i].waitSemaphoreCount = 1;
        infos[i].pWaitSemaphores = &wait;
        infos[i].pWaitDstStageMask = &stage;
    }
    values[1].signalSemaphoreValueCount = 1;
    values[1].pSignalSemaphoreValues = &signal_value;
    infos[1].signalSemaphoreCount = 1;
    infos[1].pSignalSemaphores = &signal;
    CHECK(entry_vkQueueSubmit(queue, 3, infos, VK_NULL_HANDLE) == VK_SUCCESS);

    // The first batch tells nothing, so its wait is told with the second.
    const std::vector<VgpuStatusWrite>& writes = submits.last().writes;
    REQUIRE(writes.size() == 5);
    const auto tells = [&](int i, std::uint32_t batch, std::uint32_t at, std::uint64_t value) {
        return writes[i].batch == batch && writes[i].slot == at && writes[i].value == value;
    };
    CHECK(tells(0, 1, slot(waited), 5));
    CHECK(tells(1, 1, slot(waited), 6));
    CHECK(tells(2, 1, slot(signalled), 9));
    CHECK(tells(3, 2, slot(waited), 7));
    CHECK(tells(4, 2, object_of<Queue>(queue).status_slot, 3));
}

TEST_CASE("an empty submit is sent for a fence and for nothing else") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const VkQueue queue = queue_of(gpu.device);
    const OwnFence fence(gpu.device);
    CHECK(entry_vkQueueSubmit(queue, 0, nullptr, VK_NULL_HANDLE) == VK_SUCCESS);
    CHECK(submits.count() == 0);
    CHECK(entry_vkQueueSubmit(queue, 0, nullptr, fence) == VK_SUCCESS);
    REQUIRE(submits.count() == 1);
    REQUIRE(submits.last().writes.size() == 1);
    CHECK(submits.last().writes[0].batch == 0);
    CHECK(submits.last().writes[0].value == 1);
}

TEST_CASE("a wait that the guest signalled is left out, with all that is parallel to it") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnSemaphore before(gpu.device), acquired(gpu.device);
    const OwnTimeline after(gpu.device);
    signal_from_guest(VkSemaphore(acquired));
    const VkSemaphore waits[] = {before, acquired, after};
    const VkPipelineStageFlags stages[] = {VK_PIPELINE_STAGE_TRANSFER_BIT,
                                           VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                                           VK_PIPELINE_STAGE_VERTEX_SHADER_BIT};
    const std::uint64_t values[] = {0, 0, 21};
    const std::uint32_t devices[] = {7, 8, 9};
    VkProtectedSubmitInfo guarded{VK_STRUCTURE_TYPE_PROTECTED_SUBMIT_INFO, nullptr, VK_TRUE};
    VkDeviceGroupSubmitInfo group{VK_STRUCTURE_TYPE_DEVICE_GROUP_SUBMIT_INFO, &guarded};
    group.waitSemaphoreCount = 3;
    group.pWaitSemaphoreDeviceIndices = devices;
    VkTimelineSemaphoreSubmitInfo timeline{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
                                           &group};
    timeline.waitSemaphoreValueCount = 3;
    timeline.pWaitSemaphoreValues = values;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &timeline};
    info.waitSemaphoreCount = 3;
    info.pWaitSemaphores = waits;
    info.pWaitDstStageMask = stages;
    const VkQueue queue = queue_of(gpu.device);

    CHECK(entry_vkQueueSubmit(queue, 1, &info, VK_NULL_HANDLE) == VK_SUCCESS);
    const Submitted::Batch& thinned = submits.last().batches.at(0);
    CHECK(thinned.waits == std::vector<std::uint64_t>{id(before), id(after)});
    CHECK(thinned.wait_stages == std::vector<std::uint64_t>{VK_PIPELINE_STAGE_TRANSFER_BIT,
                                                            VK_PIPELINE_STAGE_VERTEX_SHADER_BIT});
    CHECK(thinned.wait_values == std::vector<std::uint64_t>{0, 21});
    CHECK(thinned.wait_devices == std::vector<std::uint32_t>{7, 9});
    CHECK(thinned.is_protected);

    // The guest's signal has been used.
    CHECK(entry_vkQueueSubmit(queue, 1, &info, VK_NULL_HANDLE) == VK_SUCCESS);
    CHECK(submits.last().batches.at(0).waits.size() == 3);
    CHECK(submits.last().batches.at(0).wait_devices == std::vector<std::uint32_t>{7, 8, 9});
}

TEST_CASE("the values of waits may be missing where no timeline is waited for") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnSemaphore acquired(gpu.device), other(gpu.device);
    signal_from_guest(VkSemaphore(acquired));
    const VkSemaphore waits[] = {acquired, other};
    const VkPipelineStageFlags stages[] = {VK_PIPELINE_STAGE_TRANSFER_BIT,
                                           VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT};
    VkTimelineSemaphoreSubmitInfo timeline{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    timeline.waitSemaphoreValueCount = 2;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &timeline};
    info.waitSemaphoreCount = 2;
    info.pWaitSemaphores = waits;
    info.pWaitDstStageMask = stages;
    CHECK(entry_vkQueueSubmit(queue_of(gpu.device), 1, &info, VK_NULL_HANDLE) == VK_SUCCESS);
    const Submitted::Batch& thinned = submits.last().batches.at(0);
    CHECK(thinned.waits == std::vector<std::uint64_t>{id(other)});
    CHECK(thinned.wait_values == std::vector<std::uint64_t>{0});
}

TEST_CASE("only the batch that waits for the guest's signal loses a wait") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnSemaphore other(gpu.device), acquired(gpu.device);
    signal_from_guest(VkSemaphore(acquired));
    VkSemaphoreSubmitInfo waits[2] = {{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO},
                                      {VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO}};
    waits[0].semaphore = other;
    waits[0].stageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    waits[1].semaphore = acquired;
    VkSubmitInfo2 infos[2] = {{VK_STRUCTURE_TYPE_SUBMIT_INFO_2}, {VK_STRUCTURE_TYPE_SUBMIT_INFO_2}};
    infos[0].waitSemaphoreInfoCount = 1;
    infos[0].pWaitSemaphoreInfos = &waits[0];
    infos[1].waitSemaphoreInfoCount = 1;
    infos[1].pWaitSemaphoreInfos = &waits[1];
    CHECK(entry_vkQueueSubmit2(queue_of(gpu.device), 2, infos, VK_NULL_HANDLE) == VK_SUCCESS);
    CHECK(submits.last().batches.at(0).waits == std::vector<std::uint64_t>{id(other)});
    CHECK(submits.last().batches.at(0).wait_stages ==
          std::vector<std::uint64_t>{VK_PIPELINE_STAGE_2_COPY_BIT});
    CHECK(submits.last().batches.at(1).waits.empty());
}

TEST_CASE("binding sparse memory waits and signals like a submit") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnSemaphore acquired(gpu.device);
    const OwnTimeline timeline(gpu.device);
    signal_from_guest(VkSemaphore(acquired));
    const VkSemaphore wait = acquired, signal = timeline;
    const std::uint64_t value = 3;
    VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    values.signalSemaphoreValueCount = 1;
    values.pSignalSemaphoreValues = &value;
    VkBindSparseInfo info{VK_STRUCTURE_TYPE_BIND_SPARSE_INFO, &values};
    info.waitSemaphoreCount = 1;
    info.pWaitSemaphores = &wait;
    info.signalSemaphoreCount = 1;
    info.pSignalSemaphores = &signal;
    CHECK(entry_vkQueueBindSparse(queue_of(gpu.device), 1, &info, VK_NULL_HANDLE) == VK_SUCCESS);
    CHECK(submits.last().batches.at(0).waits.empty());
    CHECK(submits.last().batches.at(0).signals == std::vector<std::uint64_t>{id(timeline)});
    CHECK(submits.last().writes.size() == 2);
}

TEST_CASE("a queue is idle when its last serial is there, a device when all queues are") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const VkQueue first = queue_of(gpu.device, 0), second = queue_of(gpu.device, 1);
    const OwnFence fence(gpu.device), other(gpu.device);
    CHECK(entry_vkQueueWaitIdle(first) == VK_SUCCESS);
    entry_vkQueueSubmit(first, 0, nullptr, fence);
    entry_vkQueueSubmit(second, 0, nullptr, other);
    submits.complete();
    CHECK(entry_vkQueueWaitIdle(first) == VK_SUCCESS);
    CHECK_FALSE(object_of<Queue>(second).idle());
    submits.complete();
    CHECK(entry_vkDeviceWaitIdle(gpu.device) == VK_SUCCESS);
}

TEST_CASE("submits and idle waits of a lost context end at once") {
    FakeDevice gpu;
    const VkQueue queue = queue_of(gpu.device);
    const OwnFence fence(gpu.device);
    entry_vkQueueSubmit(queue, 0, nullptr, fence);
    gpu.host.gone = true;
    CHECK(entry_vkQueueWaitIdle(queue) == VK_ERROR_DEVICE_LOST);
    CHECK(entry_vkDeviceWaitIdle(gpu.device) == VK_ERROR_DEVICE_LOST);
    CHECK(entry_vkQueueSubmit(queue, 0, nullptr, fence) == VK_ERROR_DEVICE_LOST);
}

}  // namespace vgpu::icd::test
