// Tests semaphores and fences as descriptors, between two devices of this process.
#include <fcntl.h>

#include <thread>

#include "base/unique_fd.h"
#include "icd/fence.h"
#include "icd/semaphore.h"
#include "objects.h"
#include "submits.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

constexpr auto kOpaque = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT;
constexpr auto kFile = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;

VkSemaphore make(VkDevice device, bool timeline, VkExternalSemaphoreHandleTypeFlags handles) {
    const VkSemaphoreTypeCreateInfo type{
        VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr,
        timeline ? VK_SEMAPHORE_TYPE_TIMELINE : VK_SEMAPHORE_TYPE_BINARY, 0};
    const VkExportSemaphoreCreateInfo exported{VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                                               &type, handles};
    const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &exported, 0};
    VkSemaphore semaphore = VK_NULL_HANDLE;
    CHECK(entry_vkCreateSemaphore(device, &info, nullptr, &semaphore) == VK_SUCCESS);
    return semaphore;
}
Semaphore& behind(VkSemaphore semaphore) {
    return object_of<Semaphore>(semaphore);
}
using Owned = Own<VkSemaphore, entry_vkDestroySemaphore>;

int export_fd(VkDevice device, VkSemaphore semaphore,
              VkExternalSemaphoreHandleTypeFlagBits type = kOpaque) {
    const VkSemaphoreGetFdInfoKHR info{VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, nullptr,
                                       semaphore, type};
    int fd = -2;
    CHECK(entry_vkGetSemaphoreFdKHR(device, &info, &fd) == VK_SUCCESS);
    return fd;
}

VkResult import(VkDevice device, VkSemaphore semaphore, int fd,
                VkExternalSemaphoreHandleTypeFlagBits type = kOpaque,
                VkSemaphoreImportFlags flags = 0) {
    const VkImportSemaphoreFdInfoKHR info{
        VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, nullptr, semaphore, flags, type, fd};
    return entry_vkImportSemaphoreFdKHR(device, &info);
}

void submit(VkQueue queue, VkSemaphore wait, VkSemaphore signal, VkFence fence = VK_NULL_HANDLE) {
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.waitSemaphoreCount = wait != VK_NULL_HANDLE;
    info.pWaitSemaphores = &wait;
    info.pWaitDstStageMask = &stage;
    info.signalSemaphoreCount = signal != VK_NULL_HANDLE;
    info.pSignalSemaphores = &signal;
    CHECK(entry_vkQueueSubmit(queue, 1, &info, fence) == VK_SUCCESS);
}

// What the host's semaphores were signalled with; posted by whichever thread looks first.
struct Signals {
    explicit Signals(FakeHost& host) {
        host.on_post<wire::Args_vkSignalSemaphore>(
            [this](const auto& args) { value.store(args.pSignalInfo->value); });
    }
    bool come_to(std::uint64_t wanted) const {
        for (int i = 0; i < 2000 && value.load() != wanted; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return value.load() == wanted;
    }
    std::atomic<std::uint64_t> value{0};
};

}  // namespace

TEST_CASE("a signal of a shared semaphore is not sent, and happens when its batch is complete") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const Owned done(gpu.device, make(gpu.device, false, kOpaque));
    submit(queue_of(gpu.device), VK_NULL_HANDLE, done);
    CHECK(submits.last().batches.at(0).signals.empty());
    CHECK(submits.last().writes.size() == 1);
    const auto payload = behind(done).permanent->payload;
    CHECK_FALSE(payload->has_reached(1));
    submits.complete_all();
    object_of<Device>(gpu.device).relay.step();
    CHECK(payload->has_reached(1));
}

TEST_CASE("a wait for another process's signal is the host's, by number, and signalled once") {
    FakeDevice one, two;
    Submits submits(one.host);
    Submits others(two.host);
    const Signals signals(two.host);
    const Owned done(one.device, make(one.device, false, kOpaque));
    const OwnSemaphore imported(two.device);
    REQUIRE(import(two.device, imported, export_fd(one.device, done)) == VK_SUCCESS);
    submit(queue_of(one.device), VK_NULL_HANDLE, done);
    submit(queue_of(two.device), imported, VK_NULL_HANDLE);
    const Submitted::Batch& sent = others.last().batches.at(0);
    REQUIRE(sent.waits.size() == 1);
    CHECK(sent.waits[0] == behind(imported).permanent->id);
    CHECK(sent.wait_values == std::vector<std::uint64_t>{1});
    CHECK(signals.value == 0);
    submits.complete_all();
    object_of<Device>(one.device).relay.step();
    CHECK(signals.come_to(1));
}

TEST_CASE("a wait for what another process has signalled is not sent") {
    FakeDevice one, two;
    Submits submits(two.host);
    const Owned done(one.device, make(one.device, false, kOpaque));
    const OwnSemaphore imported(two.device);
    REQUIRE(import(two.device, imported, export_fd(one.device, done)) == VK_SUCCESS);
    signal_from_guest(done);
    submit(queue_of(two.device), imported, VK_NULL_HANDLE);
    CHECK(submits.last().batches.at(0).waits.empty());
}

TEST_CASE("a number that another process forges reaches no driver") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const Signals signals(gpu.host);
    const Owned counter(gpu.device, make(gpu.device, true, kOpaque));
    const UniqueFd fd(export_fd(gpu.device, counter));
    const auto forger = SharedPayload::open(fd.get(), PayloadKind::Timeline);
    REQUIRE(forger);
    VkSemaphoreSubmitInfo wait{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO};
    wait.semaphore = counter;
    wait.value = 5;
    VkSubmitInfo2 info{VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
    info.waitSemaphoreInfoCount = 1;
    info.pWaitSemaphoreInfos = &wait;
    CHECK(entry_vkQueueSubmit2(queue_of(gpu.device), 1, &info, VK_NULL_HANDLE) == VK_SUCCESS);
    forger->signal(UINT64_MAX);
    CHECK(signals.come_to(5));
}

TEST_CASE("a temporary import lasts until its wait") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnSemaphore semaphore(gpu.device);
    REQUIRE(import(gpu.device, semaphore, -1, kFile, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT) ==
            VK_SUCCESS);
    submit(queue_of(gpu.device), semaphore, VK_NULL_HANDLE);
    CHECK(submits.last().batches.at(0).waits.empty());
    submit(queue_of(gpu.device), VK_NULL_HANDLE, semaphore);
    submit(queue_of(gpu.device), semaphore, VK_NULL_HANDLE);
    CHECK(submits.last().batches.at(0).waits == std::vector<std::uint64_t>{behind(semaphore).id});
}

TEST_CASE("a batch in the middle of a submit is told of when it signals what is shared") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const Owned done(gpu.device, make(gpu.device, true, kOpaque));
    VkSemaphoreSubmitInfo signal{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO};
    signal.semaphore = done;
    signal.value = 5;
    VkSubmitInfo2 infos[2] = {{VK_STRUCTURE_TYPE_SUBMIT_INFO_2}, {VK_STRUCTURE_TYPE_SUBMIT_INFO_2}};
    infos[0].signalSemaphoreInfoCount = 1;
    infos[0].pSignalSemaphoreInfos = &signal;
    CHECK(entry_vkQueueSubmit2(queue_of(gpu.device), 2, infos, VK_NULL_HANDLE) == VK_SUCCESS);
    CHECK(submits.last().writes.size() == 2);
    submits.complete_batch(0);
    std::uint64_t value = 0;
    CHECK(entry_vkGetSemaphoreCounterValue(gpu.device, done, &value) == VK_SUCCESS);
    CHECK(value == 5);
}

TEST_CASE("a shared timeline that the guest signals crosses nothing") {
    FakeDevice gpu;
    const Owned counter(gpu.device, make(gpu.device, true, kOpaque));
    const VkSemaphoreSignalInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr, counter, 3};
    CHECK(entry_vkSignalSemaphore(gpu.device, &info) == VK_SUCCESS);
    std::uint64_t value = 0;
    CHECK(entry_vkGetSemaphoreCounterValue(gpu.device, counter, &value) == VK_SUCCESS);
    CHECK(value == 3);
    CHECK(gpu.host.count(wire::Command::vkSignalSemaphore) == 0);
}

TEST_CASE("a sync file takes a pending signal along") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const Owned done(gpu.device, make(gpu.device, false, kFile));
    submit(queue_of(gpu.device), VK_NULL_HANDLE, done);
    const UniqueFd file(export_fd(gpu.device, done, kFile));
    CHECK(file);
    CHECK(export_fd(gpu.device, done, kFile) == -1);
    submits.complete_all();
    submit(queue_of(gpu.device), VK_NULL_HANDLE, done);
    submits.complete_all();
    CHECK(export_fd(gpu.device, done, kFile) == -1);
}

TEST_CASE("a refused descriptor stays the application's, and an imported one is closed") {
    FakeDevice gpu;
    const OwnSemaphore semaphore(gpu.device);
    const UniqueFd null(::open("/dev/null", O_RDWR));
    CHECK(import(gpu.device, semaphore, null.get()) == VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK(import(gpu.device, semaphore, null.get(), kFile) == VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK(::fcntl(null.get(), F_GETFD) >= 0);
    const Owned shared(gpu.device, make(gpu.device, false, kOpaque));
    const int fd = export_fd(gpu.device, shared);
    CHECK(import(gpu.device, semaphore, fd) == VK_SUCCESS);
    CHECK(::fcntl(fd, F_GETFD) < 0);
}

TEST_CASE(
    "what is pending when its context is lost, or its device destroyed, keeps nobody waiting") {
    FakeDevice one;
    const Owned keep(one.device, make(one.device, false, kOpaque));
    const auto payload = behind(keep).permanent->payload;
    SECTION("lost") {
        submit(queue_of(one.device), VK_NULL_HANDLE, keep);
        context_of(one.device).mark_lost();
        for (int i = 0; i < 2000 && !payload->has_reached(1); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        CHECK(payload->has_reached(1));
    }
    SECTION("destroyed") {
        submit(queue_of(one.device), VK_NULL_HANDLE, keep);
        object_of<Device>(one.device).relay.stop();
        CHECK(payload->has_reached(1));
    }
}

}  // namespace vgpu::icd::test
