// Makes the driver's memory objects out of guest pages, imported or mirrored.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <memory>

#include "worker/host_options.h"
#include "worker/replay_port.h"

namespace vgpu::worker {

class MirrorSet;

// One VkDeviceMemory whose bytes are guest pages. Owned by the replay's memory object; frees the
// memory, and then lets go of the pages, when destroyed.
class ImportedMemory {
  public:
    virtual ~ImportedMemory() = default;
    VkDeviceMemory handle() const { return handle_; }

  protected:
    VkDeviceMemory handle_ = VK_NULL_HANDLE;
};

// Owned by the replay's device object, which outlives everything that it makes. Any thread.
class MemoryImporter {
  public:
    // With HostPointer the device was created with VK_EXT_external_memory_host enabled.
    MemoryImporter(VkPhysicalDevice physical_device, VkDevice device, ImportWay way);
    ~MemoryImporter();

    // Imports `pages` (whole pages) as memory of the *host's* type `host_type`. `next` is the
    // checked pNext chain of VkMemoryAllocateInfo, without an import or export structure in it.
    // Buffers and images that are bound to it want kHandleType among the handle types of their
    // VkExternalMemory*CreateInfo where the way is HostPointer.
    VkResult import(GuestPages pages, std::uint32_t host_type, const void* next,
                    std::unique_ptr<ImportedMemory>& memory);
    static constexpr VkExternalMemoryHandleTypeFlagBits kHandleType =
        VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;

    ImportWay way() const { return way_; }
    // True while some memory is mirrored: else the two calls below have nothing to do.
    bool mirrors() const;
    // Makes what the guest wrote visible to the driver: before every submit, and before the host
    // side signals an event or a semaphore that a submitted batch may wait for.
    void guest_to_driver();
    // Makes what the driver wrote visible to the guest: after a batch is complete, before the
    // guest is told so. (CompletionQueue does it.)
    void driver_to_guest();

  private:
    VkResult import_host_pointer(GuestPages pages, std::uint32_t host_type, const void* next,
                                 std::unique_ptr<ImportedMemory>& memory);
    VkResult make_mirrored(GuestPages pages, std::uint32_t host_type, const void* next,
                           std::unique_ptr<ImportedMemory>& memory);

    VkDevice device_;
    ImportWay way_;
    VkDeviceSize alignment_ = 1;
    std::uint32_t coherent_types_ = 0;
    std::unique_ptr<MirrorSet> mirrors_;
};

// minImportedHostPointerAlignment of a device with VK_EXT_external_memory_host.
VkDeviceSize host_pointer_alignment(VkPhysicalDevice device);

}  // namespace vgpu::worker
