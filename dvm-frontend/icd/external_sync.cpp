// Semaphores and fences as descriptors, for other processes of this guest.
#include <fcntl.h>

#include <optional>
#include <utility>

#include "entries.h"
#include "icd/device.h"
#include "icd/fence.h"
#include "icd/semaphore.h"
#include "icd/sync_file.h"

namespace vgpu::icd {

namespace {

// The descriptor stays open: it is this process's, and closed, only when the import succeeds. -1
// stands for a sync file that has signalled.
std::shared_ptr<SharedPayload> import_payload(int fd, bool file, PayloadKind kind) {
    if (!file) return SharedPayload::open(fd, kind);
    if (fd < 0) return SharedPayload::of_sync_file(UniqueFd(), kind);
    UniqueFd kept(is_sync_file(fd) ? ::fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1);
    return kept ? SharedPayload::of_sync_file(std::move(kept), kind) : nullptr;
}

VkResult give_opaque(const std::shared_ptr<SharedPayload>& payload, int& fd) {
    UniqueFd exported = payload ? payload->export_fd() : UniqueFd();
    fd = exported.release();
    return fd >= 0 ? VK_SUCCESS : VK_ERROR_TOO_MANY_OBJECTS;
}

// A sync file of the payload's signal with that number; -1 when it has happened.
VkResult give_sync_file(Relay& relay, const std::shared_ptr<SharedPayload>& payload,
                        std::uint64_t number, int& fd) {
    relay.step();
    if (payload->has_reached(number)) return VK_SUCCESS;
    SyncFile made = make_sync_file();
    if (!made.waits) return VK_ERROR_TOO_MANY_OBJECTS;
    if (!relay.tell(payload, number, std::move(made.signals))) return VK_ERROR_OUT_OF_HOST_MEMORY;
    fd = made.waits.release();
    return VK_SUCCESS;
}

PayloadKind kind_of(const Semaphore& semaphore) {
    return semaphore.timeline ? PayloadKind::Timeline : PayloadKind::Binary;
}

VkResult import(Device& device, const VkImportSemaphoreFdInfoKHR& info) {
    Semaphore& semaphore = object_of<Semaphore>(info.semaphore);
    const bool file = info.handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
    if (!file && info.handleType != VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT)
        return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    // A timeline is one for good.
    const bool temporary = file || (info.flags & VK_SEMAPHORE_IMPORT_TEMPORARY_BIT) != 0;
    if (temporary && semaphore.timeline) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    if (!device.relay.start()) return VK_ERROR_OUT_OF_HOST_MEMORY;
    std::shared_ptr<SharedPayload> payload = import_payload(info.fd, file, kind_of(semaphore));
    if (!payload) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    std::shared_ptr<SharedSemaphore> shared = SharedSemaphore::make(device, std::move(payload));
    if (!shared) return VK_ERROR_OUT_OF_HOST_MEMORY;
    UniqueFd(info.fd).reset();
    (temporary ? semaphore.temporary : semaphore.permanent) = std::move(shared);
    if (!temporary) semaphore.temporary.reset();
    return VK_SUCCESS;
}

VkResult import(Device& device, const VkImportFenceFdInfoKHR& info) {
    Fence& fence = object_of<Fence>(info.fence);
    const bool file = info.handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
    if (!file && info.handleType != VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT)
        return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    if (!device.relay.start()) return VK_ERROR_OUT_OF_HOST_MEMORY;
    std::shared_ptr<SharedPayload> payload = import_payload(info.fd, file, PayloadKind::Fence);
    if (!payload) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    UniqueFd(info.fd).reset();
    const bool temporary = file || (info.flags & VK_FENCE_IMPORT_TEMPORARY_BIT) != 0;
    (temporary ? fence.temporary : fence.permanent) = std::move(payload);
    if (!temporary) fence.temporary.reset();
    return VK_SUCCESS;
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkImportSemaphoreFdKHR(
    VkDevice device, const VkImportSemaphoreFdInfoKHR* pImportSemaphoreFdInfo) {
    if (context_of(device).lost()) return VK_ERROR_OUT_OF_HOST_MEMORY;
    return import(object_of<Device>(device), *pImportSemaphoreFdInfo);
}

// A sync file takes the signal along, as a wait would.
VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetSemaphoreFdKHR(VkDevice device,
                                                         const VkSemaphoreGetFdInfoKHR* pGetFdInfo,
                                                         int* pFd) {
    *pFd = -1;
    Semaphore& semaphore = object_of<Semaphore>(pGetFdInfo->semaphore);
    const std::shared_ptr<SharedSemaphore> shared = semaphore.shared();
    if (!shared) return VK_ERROR_TOO_MANY_OBJECTS;
    if (pGetFdInfo->handleType != VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT)
        return give_opaque(shared->payload, *pFd);
    semaphore.temporary.reset();
    const std::optional<std::uint64_t> number = shared->payload->take_pending();
    if (!number) return VK_SUCCESS;
    return give_sync_file(object_of<Device>(device).relay, shared->payload, *number, *pFd);
}

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkImportFenceFdKHR(VkDevice device, const VkImportFenceFdInfoKHR* pImportFenceFdInfo) {
    return import(object_of<Device>(device), *pImportFenceFdInfo);
}

// A sync file takes the payload along, as a reset would.
VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetFenceFdKHR(VkDevice device,
                                                     const VkFenceGetFdInfoKHR* pGetFdInfo,
                                                     int* pFd) {
    *pFd = -1;
    Fence& fence = object_of<Fence>(pGetFdInfo->fence);
    const std::shared_ptr<SharedPayload> payload = fence.shared();
    if (!payload) return VK_ERROR_TOO_MANY_OBJECTS;
    if (pGetFdInfo->handleType != VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT)
        return give_opaque(payload, *pFd);
    fence.temporary.reset();
    const std::optional<std::uint64_t> number = payload->take_pending();
    if (!number) return VK_SUCCESS;
    return give_sync_file(object_of<Device>(device).relay, payload, *number, *pFd);
}

}  // namespace vgpu::icd
