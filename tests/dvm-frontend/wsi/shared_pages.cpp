// Imports memfds into the driver by VK_EXT_external_memory_host.
#include "shared_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace vgpu::wsi::test {
namespace {

// Each allocation begins here in its file, to see that offsets are heeded.
constexpr std::size_t kOffset = 8192;
constexpr std::size_t kPage = 4096;
constexpr auto kHandleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;

}  // namespace

SharedPages* SharedPages::current_ = nullptr;

SharedPages::SharedPages(Driver& driver) : lower_(driver) {
    current_ = this;
    driver.CreateBuffer = create_buffer;
    driver.GetBufferMemoryRequirements = get_requirements;
    driver.AllocateMemory = allocate;
    driver.FreeMemory = free;
    driver.pages_of = [this](VkDeviceMemory memory) { return pages_of(memory); };
}

SharedPages::~SharedPages() {
    current_ = nullptr;
}

std::optional<ShareableRange> SharedPages::pages_of(VkDeviceMemory memory) const {
    const auto found = files_.find(memory);
    if (found == files_.end()) return std::nullopt;
    return ShareableRange{found->second.fd.get(), kOffset, found->second.bytes - kOffset};
}

VkResult SharedPages::create_buffer(VkDevice device, const VkBufferCreateInfo* info,
                                    const VkAllocationCallbacks* callbacks, VkBuffer* buffer) {
    VkExternalMemoryBufferCreateInfo external{};
    external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO;
    external.handleTypes = kHandleType;
    VkBufferCreateInfo importable = *info;
    importable.pNext = &external;
    return current_->lower_.CreateBuffer(device, &importable, callbacks, buffer);
}

void SharedPages::get_requirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements* needs) {
    current_->lower_.GetBufferMemoryRequirements(device, buffer, needs);
    current_->next_is_buffer_ = true;
}

VkResult SharedPages::allocate(VkDevice device, const VkMemoryAllocateInfo* info,
                               const VkAllocationCallbacks* callbacks, VkDeviceMemory* memory) {
    if (std::exchange(current_->next_is_buffer_, false)) {
        return current_->import(device, *info, memory);
    }
    return current_->lower_.AllocateMemory(device, info, callbacks, memory);
}

VkResult SharedPages::import(VkDevice device, VkMemoryAllocateInfo info, VkDeviceMemory* memory) {
    info.allocationSize = (info.allocationSize + kPage - 1) / kPage * kPage;
    const std::size_t bytes = kOffset + info.allocationSize;
    File file{UniqueFd(memfd_create("wsi-test", MFD_CLOEXEC)), nullptr, bytes};
    if (ftruncate(file.fd.get(), static_cast<off_t>(bytes)) != 0) return VK_ERROR_UNKNOWN;
    file.data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd.get(), 0);
    if (file.data == MAP_FAILED) return VK_ERROR_UNKNOWN;
    VkImportMemoryHostPointerInfoEXT import{};
    import.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT;
    import.handleType = kHandleType;
    import.pHostPointer = static_cast<char*>(file.data) + kOffset;
    info.pNext = &import;
    const VkResult result = lower_.AllocateMemory(device, &info, nullptr, memory);
    if (result == VK_SUCCESS) files_.emplace(*memory, std::move(file));
    return result;
}

void SharedPages::free(VkDevice device, VkDeviceMemory memory,
                       const VkAllocationCallbacks* callbacks) {
    current_->lower_.FreeMemory(device, memory, callbacks);
    const auto found = current_->files_.find(memory);
    if (found == current_->files_.end()) return;
    munmap(found->second.data, found->second.bytes);
    current_->files_.erase(found);
}

}  // namespace vgpu::wsi::test
