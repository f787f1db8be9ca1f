// Which buffers and images name imported memory in their create-info, by what a driver answers.
#include "replay/external_memory.h"

#include "tests/catch.h"

using namespace vgpu::replay;

namespace {

// A driver of few words. With the external structure a buffer may lie in `types_with` alone.
std::uint32_t types_with = 0;
VkExternalMemoryFeatureFlags image_features = 0;

const auto kPlain = reinterpret_cast<VkBuffer>(1);
const auto kExternal = reinterpret_cast<VkBuffer>(2);

HostVulkan driver() {
    HostVulkan vk;
    vk.vkCreateBuffer = [](VkDevice, const VkBufferCreateInfo* info, const VkAllocationCallbacks*,
                           VkBuffer* buffer) {
        *buffer = info->pNext ? kExternal : kPlain;
        return VK_SUCCESS;
    };
    vk.vkGetBufferMemoryRequirements = [](VkDevice, VkBuffer buffer, VkMemoryRequirements* answer) {
        *answer = {1 << 16, 64, buffer == kExternal ? types_with : 7u};
    };
    vk.vkDestroyBuffer = [](VkDevice, VkBuffer, const VkAllocationCallbacks*) {};
    vk.vkGetPhysicalDeviceImageFormatProperties2 = [](VkPhysicalDevice,
                                                      const VkPhysicalDeviceImageFormatInfo2*,
                                                      VkImageFormatProperties2* answer) {
        auto* external = static_cast<VkExternalImageFormatProperties*>(answer->pNext);
        external->externalMemoryProperties.externalMemoryFeatures = image_features;
        return VK_SUCCESS;
    };
    return vk;
}

bool names_host_memory(const ExternalMemory& memory, VkBufferCreateFlags flags) {
    const int before = 0;
    VkBufferCreateInfo info{};
    info.flags = flags;
    info.pNext = &before;
    VkExternalMemoryBufferCreateInfo external;
    memory.amend(info, external);
    if (info.pNext == &before) return false;
    CHECK(info.pNext == &external);
    CHECK(external.pNext == &before);
    CHECK(external.handleTypes == VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT);
    return true;
}

bool names_host_memory(const ExternalMemory& memory, VkImageTiling tiling, VkImageLayout layout) {
    VkImageCreateInfo info{};
    info.tiling = tiling;
    info.initialLayout = layout;
    VkExternalMemoryImageCreateInfo external;
    memory.amend(info, external);
    return info.pNext == &external;
}

}  // namespace

TEST_CASE("a buffer names imported memory where the driver answers alike with it and without") {
    const HostVulkan vk = driver();
    types_with = 7;
    const ExternalMemory memory(vk, VK_NULL_HANDLE, VK_NULL_HANDLE);
    CHECK(names_host_memory(memory, 0));
    CHECK_FALSE(names_host_memory(memory, VK_BUFFER_CREATE_SPARSE_BINDING_BIT));
    CHECK_FALSE(names_host_memory(ExternalMemory(), 0));
}

TEST_CASE("a buffer stays as it is where the name would cost it a memory type") {
    const HostVulkan vk = driver();
    types_with = 3;
    CHECK_FALSE(names_host_memory(ExternalMemory(vk, VK_NULL_HANDLE, VK_NULL_HANDLE), 0));
}

TEST_CASE("an image names imported memory when it is linear, empty and importable") {
    const HostVulkan vk = driver();
    const ExternalMemory memory(vk, VK_NULL_HANDLE, VK_NULL_HANDLE);
    image_features = VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
    CHECK(names_host_memory(memory, VK_IMAGE_TILING_LINEAR, VK_IMAGE_LAYOUT_UNDEFINED));
    CHECK_FALSE(names_host_memory(memory, VK_IMAGE_TILING_LINEAR, VK_IMAGE_LAYOUT_PREINITIALIZED));
    CHECK_FALSE(names_host_memory(memory, VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_LAYOUT_UNDEFINED));
    image_features = 0;
    CHECK_FALSE(names_host_memory(memory, VK_IMAGE_TILING_LINEAR, VK_IMAGE_LAYOUT_UNDEFINED));
}
