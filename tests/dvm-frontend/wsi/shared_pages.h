// Lends a test driver's buffer memory from memfds, the way the ICD lends it from shared regions.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "base/unique_fd.h"
#include "wsi/driver.h"

namespace vgpu::wsi::test {

// Takes the place of a Driver's memory functions. These are plain functions, so that there is one
// at a time. The memory asked for right after a buffer's requirements is taken to be that buffer's.
class SharedPages {
  public:
    explicit SharedPages(Driver& driver);
    SharedPages(const SharedPages&) = delete;
    SharedPages& operator=(const SharedPages&) = delete;
    ~SharedPages();

    std::optional<ShareableRange> pages_of(VkDeviceMemory memory) const;

  private:
    struct File {
        UniqueFd fd;
        void* data;
        std::size_t bytes;
    };

    static VkResult create_buffer(VkDevice, const VkBufferCreateInfo*, const VkAllocationCallbacks*,
                                  VkBuffer*);
    static void get_requirements(VkDevice, VkBuffer, VkMemoryRequirements*);
    static VkResult allocate(VkDevice, const VkMemoryAllocateInfo*, const VkAllocationCallbacks*,
                             VkDeviceMemory*);
    static void free(VkDevice, VkDeviceMemory, const VkAllocationCallbacks*);
    VkResult import(VkDevice device, VkMemoryAllocateInfo info, VkDeviceMemory* memory);

    static SharedPages* current_;
    const Driver lower_;
    bool next_is_buffer_ = false;
    std::map<VkDeviceMemory, File> files_;
};

}  // namespace vgpu::wsi::test
