// Creates an image, its memory, its staging buffer and its fence.
#include "wsi/swapchain_image.h"

#include <optional>
#include <span>
#include <utility>

namespace vgpu::wsi {
namespace {

// The first type that has all of one of the wishes, which come in order of preference.
std::optional<std::uint32_t> find_memory_type(const Driver& driver, std::uint32_t allowed,
                                              std::span<const VkMemoryPropertyFlags> wishes) {
    VkPhysicalDeviceMemoryProperties properties{};
    driver.GetPhysicalDeviceMemoryProperties(driver.physical_device, &properties);
    for (const VkMemoryPropertyFlags wish : wishes) {
        for (std::uint32_t i = 0; i < properties.memoryTypeCount; ++i) {
            const bool has_all = (properties.memoryTypes[i].propertyFlags & wish) == wish;
            if ((allowed >> i & 1) && has_all) return i;
        }
    }
    return std::nullopt;
}

constexpr VkMemoryPropertyFlags kImageMemory[] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0};
// Cached before uncached, because a processor reads it; coherent always exists for buffers.
constexpr VkMemoryPropertyFlags kStagingMemory[] = {
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT |
        VK_MEMORY_PROPERTY_HOST_CACHED_BIT,
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT};

VkResult allocate(const Driver& driver, const VkMemoryRequirements& requirements,
                  std::span<const VkMemoryPropertyFlags> wishes, OwnedMemory& memory) {
    const auto type = find_memory_type(driver, requirements.memoryTypeBits, wishes);
    if (!type) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    VkMemoryAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    info.allocationSize = requirements.size;
    info.memoryTypeIndex = *type;
    VkDeviceMemory handle = VK_NULL_HANDLE;
    const VkResult result = driver.AllocateMemory(driver.device, &info, nullptr, &handle);
    if (result == VK_SUCCESS) memory = OwnedMemory(driver, handle);
    return result;
}

}  // namespace

VkResult SwapchainImage::create(const Driver& driver, const ImageRecipe& recipe, bool wants_pixels,
                                std::vector<SwapchainImage>& images) {
    SwapchainImage image;
    VkResult result = image.make_image(driver, recipe);
    const VkExtent2D extent = recipe.extent();
    const std::size_t bytes = std::size_t{extent.width} * extent.height *
                              bytes_per_pixel(layout_of_format(recipe.create_info().format));
    if (result == VK_SUCCESS && wants_pixels) result = image.make_staging(driver, bytes);
    if (result == VK_SUCCESS) result = image.make_fence(driver);
    if (result == VK_SUCCESS) images.push_back(std::move(image));
    return result;
}

VkResult SwapchainImage::make_image(const Driver& driver, const ImageRecipe& recipe) {
    VkImage handle = VK_NULL_HANDLE;
    VkResult result = driver.CreateImage(driver.device, &recipe.create_info(), nullptr, &handle);
    if (result != VK_SUCCESS) return result;
    image_ = OwnedImage(driver, handle);
    VkMemoryRequirements requirements{};
    driver.GetImageMemoryRequirements(driver.device, handle, &requirements);
    result = allocate(driver, requirements, kImageMemory, memory_);
    if (result != VK_SUCCESS) return result;
    return driver.BindImageMemory(driver.device, handle, memory_.get(), 0);
}

VkResult SwapchainImage::make_staging(const Driver& driver, std::size_t bytes) {
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.size = bytes;
    info.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    VkBuffer handle = VK_NULL_HANDLE;
    VkResult result = driver.CreateBuffer(driver.device, &info, nullptr, &handle);
    if (result != VK_SUCCESS) return result;
    staging_ = OwnedBuffer(driver, handle);
    VkMemoryRequirements requirements{};
    driver.GetBufferMemoryRequirements(driver.device, handle, &requirements);
    result = allocate(driver, requirements, kStagingMemory, staging_memory_);
    if (result != VK_SUCCESS) return result;
    result = driver.BindBufferMemory(driver.device, handle, staging_memory_.get(), 0);
    if (result != VK_SUCCESS) return result;
    void* data = nullptr;
    result = driver.MapMemory(driver.device, staging_memory_.get(), 0, VK_WHOLE_SIZE, 0, &data);
    pixels_ = {static_cast<const std::byte*>(data), bytes, std::nullopt};
    if (result == VK_SUCCESS && driver.pages_of) {
        pixels_.pages = driver.pages_of(staging_memory_.get());
    }
    return result;
}

VkResult SwapchainImage::make_fence(const Driver& driver) {
    VkFenceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    VkFence handle = VK_NULL_HANDLE;
    const VkResult result = driver.CreateFence(driver.device, &info, nullptr, &handle);
    if (result == VK_SUCCESS) copied_ = OwnedFence(driver, handle);
    return result;
}

void SwapchainImage::leak() {
    copied_.leak();
    staging_.leak();
    staging_memory_.leak();
    image_.leak();
    memory_.leak();
}

}  // namespace vgpu::wsi
