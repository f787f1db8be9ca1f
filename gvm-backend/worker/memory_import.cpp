// The two ways from guest pages to VkDeviceMemory.
#include "worker/memory_import.h"

#include <atomic>
#include <list>
#include <mutex>
#include <new>

#include "worker/mirror.h"

namespace vgpu::worker {

class MirroredMemory;

// All mirrored memory of one device. Any thread; the mirrors are used under its lock.
class MirrorSet {
  public:
    explicit MirrorSet(VkDevice device) : device_(device) {}
    void add(MirroredMemory* memory);
    void remove(MirroredMemory* memory);
    bool empty() const { return count_.load(std::memory_order_relaxed) == 0; }
    void guest_to_driver();
    void driver_to_guest();
    VkDevice device() const { return device_; }

  private:
    VkDevice device_;
    std::mutex mutex_;
    std::list<MirroredMemory*> all_;
    std::atomic<std::size_t> count_{0};
};

namespace {

// The driver works on the guest's pages.
class HostPointerMemory : public ImportedMemory {
  public:
    HostPointerMemory(VkDevice device, VkDeviceMemory handle, GuestPages pages)
        : device_(device), pages_(std::move(pages)) {
        handle_ = handle;
    }
    ~HostPointerMemory() override { vkFreeMemory(device_, handle_, nullptr); }

  private:
    VkDevice device_;
    GuestPages pages_;
};

VkMappedMemoryRange whole(VkDeviceMemory memory) {
    VkMappedMemoryRange range{};
    range.sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE;
    range.memory = memory;
    range.size = VK_WHOLE_SIZE;
    return range;
}

}  // namespace

// A VkDeviceMemory that stands for guest pages, and what keeps both alike.
class MirroredMemory : public ImportedMemory {
  public:
    MirroredMemory(MirrorSet& set, VkDeviceMemory handle, std::uint8_t* driver, GuestPages pages,
                   bool coherent)
        : set_(set),
          pages_(std::move(pages)),
          mirror_(pages_.data, driver, pages_.bytes),
          coherent_(coherent) {
        handle_ = handle;
        set_.add(this);
    }
    ~MirroredMemory() override {
        set_.remove(this);
        vkFreeMemory(set_.device(), handle_, nullptr);
    }
    void guest_to_driver() {
        if (!mirror_.guest_to_driver() || coherent_) return;
        const VkMappedMemoryRange range = whole(handle_);
        vkFlushMappedMemoryRanges(set_.device(), 1, &range);
    }
    void driver_to_guest() {
        if (!coherent_) {
            const VkMappedMemoryRange range = whole(handle_);
            vkInvalidateMappedMemoryRanges(set_.device(), 1, &range);
        }
        mirror_.driver_to_guest();
    }

  private:
    MirrorSet& set_;
    GuestPages pages_;
    Mirror mirror_;
    bool coherent_;
};

namespace {

// A mirror costs as much memory again, which may not be there.
VkResult add_mirror(MirrorSet& set, VkDeviceMemory handle, std::uint8_t* driver, GuestPages pages,
                    bool coherent, std::unique_ptr<ImportedMemory>& memory) {
    try {
        memory = std::make_unique<MirroredMemory>(set, handle, driver, std::move(pages), coherent);
        return VK_SUCCESS;
    } catch (const std::bad_alloc&) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
}

}  // namespace

void MirrorSet::add(MirroredMemory* memory) {
    std::lock_guard lock(mutex_);
    all_.push_back(memory);
    count_.store(all_.size(), std::memory_order_relaxed);
}

void MirrorSet::remove(MirroredMemory* memory) {
    std::lock_guard lock(mutex_);
    all_.remove(memory);
    count_.store(all_.size(), std::memory_order_relaxed);
}

void MirrorSet::guest_to_driver() {
    std::lock_guard lock(mutex_);
    for (MirroredMemory* memory : all_) memory->guest_to_driver();
}

void MirrorSet::driver_to_guest() {
    std::lock_guard lock(mutex_);
    for (MirroredMemory* memory : all_) memory->driver_to_guest();
}

VkDeviceSize host_pointer_alignment(VkPhysicalDevice device) {
    VkPhysicalDeviceExternalMemoryHostPropertiesEXT host{};
    host.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_MEMORY_HOST_PROPERTIES_EXT;
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &host;
    vkGetPhysicalDeviceProperties2(device, &properties);
    return host.minImportedHostPointerAlignment == 0 ? 1 : host.minImportedHostPointerAlignment;
}

MemoryImporter::MemoryImporter(VkPhysicalDevice physical_device, VkDevice device, ImportWay way)
    : device_(device), way_(way), mirrors_(std::make_unique<MirrorSet>(device)) {
    if (way == ImportWay::HostPointer) alignment_ = host_pointer_alignment(physical_device);
    VkPhysicalDeviceMemoryProperties memory;
    vkGetPhysicalDeviceMemoryProperties(physical_device, &memory);
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
        if (memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) {
            coherent_types_ |= 1u << i;
        }
    }
}

MemoryImporter::~MemoryImporter() = default;

VkResult MemoryImporter::import(GuestPages pages, std::uint32_t host_type, const void* next,
                                std::unique_ptr<ImportedMemory>& memory) {
    if (way_ == ImportWay::HostPointer) {
        return import_host_pointer(std::move(pages), host_type, next, memory);
    }
    return make_mirrored(std::move(pages), host_type, next, memory);
}

VkResult MemoryImporter::import_host_pointer(GuestPages pages, std::uint32_t host_type,
                                             const void* next,
                                             std::unique_ptr<ImportedMemory>& memory) {
    const auto address = reinterpret_cast<std::uintptr_t>(pages.data);
    if (address % alignment_ != 0 || pages.bytes % alignment_ != 0) {
        return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    }
    VkImportMemoryHostPointerInfoEXT pointer{};
    pointer.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT;
    pointer.pNext = next;
    pointer.handleType = kHandleType;
    pointer.pHostPointer = pages.data;
    VkMemoryAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    info.pNext = &pointer;
    info.allocationSize = pages.bytes;
    info.memoryTypeIndex = host_type;
    VkDeviceMemory handle;
    const VkResult result = vkAllocateMemory(device_, &info, nullptr, &handle);
    if (result == VK_SUCCESS) {
        memory = std::make_unique<HostPointerMemory>(device_, handle, std::move(pages));
    }
    return result;
}

VkResult MemoryImporter::make_mirrored(GuestPages pages, std::uint32_t host_type, const void* next,
                                       std::unique_ptr<ImportedMemory>& memory) {
    if (pages.bytes % ring::kPageBytes != 0) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    VkMemoryAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    info.pNext = next;
    info.allocationSize = pages.bytes;
    info.memoryTypeIndex = host_type;
    VkDeviceMemory handle;
    VkResult result = vkAllocateMemory(device_, &info, nullptr, &handle);
    if (result != VK_SUCCESS) return result;
    void* driver = nullptr;
    result = vkMapMemory(device_, handle, 0, VK_WHOLE_SIZE, 0, &driver);
    if (result == VK_SUCCESS) {
        result = add_mirror(*mirrors_, handle, static_cast<std::uint8_t*>(driver), std::move(pages),
                            (coherent_types_ >> host_type & 1) != 0, memory);
    }
    if (result != VK_SUCCESS) vkFreeMemory(device_, handle, nullptr);
    return result;
}

bool MemoryImporter::mirrors() const {
    return !mirrors_->empty();
}
void MemoryImporter::guest_to_driver() {
    if (mirrors()) mirrors_->guest_to_driver();
}
void MemoryImporter::driver_to_guest() {
    if (mirrors()) mirrors_->driver_to_guest();
}

}  // namespace vgpu::worker
