// The trial: one device, one queue, a copy from the first half of some shared pages to the second.
#include "worker/import_probe.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "base/unique_fd.h"
#include "ring/layout.h"
#include "worker/memory_import.h"

namespace vgpu::worker {

namespace {

constexpr std::size_t kBytes = 64 << 10;
constexpr std::size_t kHalf = kBytes / 2;

bool has_extension(VkPhysicalDevice device, const char* name) {
    std::uint32_t count = 0;
    vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> all(count);
    vkEnumerateDeviceExtensionProperties(device, nullptr, &count, all.data());
    return std::any_of(all.begin(), all.end(), [&](const VkExtensionProperties& extension) {
        return std::strcmp(extension.extensionName, name) == 0;
    });
}

// The same pages twice, as a guest and its worker have them.
class SharedPages {
  public:
    SharedPages() : fd_(::memfd_create("vgpu-import-probe", MFD_CLOEXEC)) {
        if (!fd_ || ::ftruncate(fd_.get(), kBytes) != 0) return;
        guest_ = map();
        worker_ = map();
    }
    ~SharedPages() {
        if (guest_ != nullptr) ::munmap(guest_, kBytes);
        if (worker_ != nullptr) ::munmap(worker_, kBytes);
    }
    SharedPages(const SharedPages&) = delete;
    SharedPages& operator=(const SharedPages&) = delete;
    bool ok() const { return guest_ != nullptr && worker_ != nullptr; }
    std::uint8_t* guest() { return guest_; }
    std::uint8_t* worker() { return worker_; }

  private:
    std::uint8_t* map() {
        void* at = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                          fd_.get(), 0);
        return at == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(at);
    }
    UniqueFd fd_;
    std::uint8_t* guest_ = nullptr;
    std::uint8_t* worker_ = nullptr;
};

// A device with one queue of the first family that can copy; all of it goes with this.
class TrialDevice {
  public:
    explicit TrialDevice(VkPhysicalDevice physical_device) : physical_(physical_device) {
        const float priority = 1;
        VkDeviceQueueCreateInfo queue{};
        queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
        queue.queueFamilyIndex = find_family();
        queue.queueCount = 1;
        queue.pQueuePriorities = &priority;
        const char* extension = VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME;
        VkDeviceCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
        info.queueCreateInfoCount = 1;
        info.pQueueCreateInfos = &queue;
        info.enabledExtensionCount = 1;
        info.ppEnabledExtensionNames = &extension;
        if (vkCreateDevice(physical_, &info, nullptr, &device_) != VK_SUCCESS) return;
        vkGetDeviceQueue(device_, queue.queueFamilyIndex, 0, &queue_);
        VkCommandPoolCreateInfo pool{};
        pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
        pool.queueFamilyIndex = queue.queueFamilyIndex;
        vkCreateCommandPool(device_, &pool, nullptr, &pool_);
    }
    ~TrialDevice() {
        if (device_ == VK_NULL_HANDLE) return;
        vkDestroyCommandPool(device_, pool_, nullptr);
        vkDestroyDevice(device_, nullptr);
    }
    TrialDevice(const TrialDevice&) = delete;
    TrialDevice& operator=(const TrialDevice&) = delete;
    bool ok() const { return pool_ != VK_NULL_HANDLE; }
    VkDevice get() const { return device_; }

    std::uint32_t importable_types(void* pages) const {
        const auto get_properties = reinterpret_cast<PFN_vkGetMemoryHostPointerPropertiesEXT>(
            vkGetDeviceProcAddr(device_, "vkGetMemoryHostPointerPropertiesEXT"));
        VkMemoryHostPointerPropertiesEXT properties{};
        properties.sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT;
        if (get_properties == nullptr || get_properties(device_, MemoryImporter::kHandleType, pages,
                                                        &properties) != VK_SUCCESS) {
            return 0;
        }
        return properties.memoryTypeBits;
    }

    // Copies the first half of the buffer to the second and waits; true when the driver did.
    bool copy_half(VkBuffer buffer) {
        VkCommandBufferAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
        info.commandPool = pool_;
        info.commandBufferCount = 1;
        VkCommandBuffer commands;
        if (vkAllocateCommandBuffers(device_, &info, &commands) != VK_SUCCESS) return false;
        VkCommandBufferBeginInfo begin{};
        begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
        vkBeginCommandBuffer(commands, &begin);
        const VkBufferCopy copy{0, kHalf, kHalf};
        vkCmdCopyBuffer(commands, buffer, buffer, 1, &copy);
        VkMemoryBarrier barrier{};
        barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
        barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
        vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT,
                             0, 1, &barrier, 0, nullptr, 0, nullptr);
        VkSubmitInfo submit{};
        submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
        submit.commandBufferCount = 1;
        submit.pCommandBuffers = &commands;
        const bool done = vkEndCommandBuffer(commands) == VK_SUCCESS &&
                          vkQueueSubmit(queue_, 1, &submit, VK_NULL_HANDLE) == VK_SUCCESS &&
                          vkQueueWaitIdle(queue_) == VK_SUCCESS;
        vkFreeCommandBuffers(device_, pool_, 1, &commands);
        return done;
    }

  private:
    std::uint32_t find_family() const {
        std::uint32_t count = 0;
        vkGetPhysicalDeviceQueueFamilyProperties(physical_, &count, nullptr);
        std::vector<VkQueueFamilyProperties> families(count);
        vkGetPhysicalDeviceQueueFamilyProperties(physical_, &count, families.data());
        for (std::uint32_t i = 0; i < count; ++i) {
            constexpr VkQueueFlags kCopying =
                VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT;
            if (families[i].queueFlags & kCopying) return i;
        }
        return 0;
    }

    VkPhysicalDevice physical_;
    VkDevice device_ = VK_NULL_HANDLE;
    VkQueue queue_ = VK_NULL_HANDLE;
    VkCommandPool pool_ = VK_NULL_HANDLE;
};

VkBuffer make_buffer(VkDevice device) {
    VkExternalMemoryBufferCreateInfo external{};
    external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO;
    external.handleTypes = MemoryImporter::kHandleType;
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.pNext = &external;
    info.size = kBytes;
    info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    VkBuffer buffer = VK_NULL_HANDLE;
    vkCreateBuffer(device, &info, nullptr, &buffer);
    return buffer;
}

void write_pattern(std::uint8_t* at, std::uint32_t seed) {
    for (std::size_t i = 0; i < kHalf; ++i) at[i] = static_cast<std::uint8_t>(i * 31 + seed + 7);
    std::memset(at + kHalf, 0, kHalf);
}

bool try_type(MemoryImporter& importer, TrialDevice& device, SharedPages& pages,
              std::uint32_t type) {
    const VkBuffer buffer = make_buffer(device.get());
    if (buffer == VK_NULL_HANDLE) return false;
    VkMemoryRequirements requirements;
    vkGetBufferMemoryRequirements(device.get(), buffer, &requirements);
    bool works = false;
    std::unique_ptr<ImportedMemory> memory;
    if ((requirements.memoryTypeBits >> type & 1) != 0 && requirements.size <= kBytes &&
        importer.import({pages.worker(), kBytes, nullptr}, type, nullptr, memory) == VK_SUCCESS &&
        vkBindBufferMemory(device.get(), buffer, memory->handle(), 0) == VK_SUCCESS) {
        write_pattern(pages.guest(), type);
        works = device.copy_half(buffer) &&
                std::memcmp(pages.guest(), pages.guest() + kHalf, kHalf) == 0;
    }
    vkDestroyBuffer(device.get(), buffer, nullptr);
    return works;
}

}  // namespace

std::uint32_t host_visible_types(const VkPhysicalDeviceMemoryProperties& memory) {
    std::uint32_t bits = 0;
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
        if (memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) {
            bits |= 1u << i;
        }
    }
    return bits;
}

ImportFinding probe_import(VkPhysicalDevice physical_device) {
    if (!has_extension(physical_device, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME)) {
        return {0, "the driver has no VK_EXT_external_memory_host"};
    }
    const VkDeviceSize alignment = host_pointer_alignment(physical_device);
    if (alignment > ring::kPageBytes) {
        return {0, "the driver imports multiples of " + std::to_string(alignment) +
                       " bytes, not single pages"};
    }
    SharedPages pages;
    TrialDevice device(physical_device);
    if (!pages.ok() || !device.ok()) return {0, "no device could be made for the import test"};
    VkPhysicalDeviceMemoryProperties memory;
    vkGetPhysicalDeviceMemoryProperties(physical_device, &memory);
    const std::uint32_t offered = device.importable_types(pages.worker());
    MemoryImporter importer(physical_device, device.get(), ImportWay::HostPointer);
    ImportFinding finding;
    bool coherent = false;
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
        if ((host_visible_types(memory) & offered) >> i & 1 &&
            try_type(importer, device, pages, i)) {
            finding.page_type_bits |= 1u << i;
            coherent |=
                (memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) != 0;
        }
    }
    // A guest must be shown a type that is visible and coherent.
    if (!coherent) return {0, "no mappable memory type took part in a copy as shared pages"};
    finding.text = "a copy within imported shared pages was seen through another mapping";
    return finding;
}

}  // namespace vgpu::worker
