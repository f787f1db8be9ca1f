// Which buffers and images name imported memory in their create-info, by what a driver answers.
#include "replay/external_memory.h"

#include "tests/catch.h"

using namespace vgpu::replay;

namespace {

// A driver of few words. With the external structure a buffer may lie in `types_with` alone.
std::uint32_t types_with = 0;
VkExternalMemoryFeatureFlags image_features = 0;
VkExternalMemoryHandleTypeFlagBits asked_handle;

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
                                                      const VkPhysicalDeviceImageFormatInfo2* asked,
                                                      VkImageFormatProperties2* answer) {
        const auto* wanted =
            static_cast<const VkPhysicalDeviceExternalImageFormatInfo*>(asked->pNext);
        asked_handle = wanted ? wanted->handleType : VkExternalMemoryHandleTypeFlagBits{};
        answer->imageFormatProperties.maxMipLevels = 11;
        auto* external = static_cast<VkExternalImageFormatProperties*>(answer->pNext);
        if (external) external->externalMemoryProperties.externalMemoryFeatures = image_features;
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

namespace {

struct Answer {
    VkResult result;
    std::uint32_t levels;
    VkExternalMemoryProperties external;
};

Answer ask(bool imports, VkExternalMemoryHandleTypeFlagBits handle, VkImageTiling tiling) {
    const HostVulkan vk = driver();
    VkPhysicalDeviceExternalImageFormatInfo external{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO, nullptr, handle};
    VkPhysicalDeviceImageFormatInfo2 asked{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
                                           &external};
    asked.tiling = tiling;
    VkExternalImageFormatProperties shown{VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES};
    shown.externalMemoryProperties = {7, 7, 7};
    VkImageFormatProperties2 answer{VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2, &shown};
    const VkResult result = answer_image_format(vk, imports, VK_NULL_HANDLE, asked, answer);
    CHECK(answer.pNext == &shown);
    CHECK(shown.pNext == nullptr);
    return {result, answer.imageFormatProperties.maxMipLevels, shown.externalMemoryProperties};
}

}  // namespace

TEST_CASE("an image is shared as the driver imports it, and linear where it is mirrored") {
    constexpr auto kOpaque = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
    constexpr auto kBothWays =
        VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
    image_features = VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
    const Answer imported = ask(true, kOpaque, VK_IMAGE_TILING_OPTIMAL);
    CHECK(imported.result == VK_SUCCESS);
    CHECK(imported.levels == 11);
    CHECK(asked_handle == VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT);
    CHECK(imported.external.externalMemoryFeatures == kBothWays);
    CHECK(imported.external.compatibleHandleTypes == kOpaque);
    CHECK(ask(false, kOpaque, VK_IMAGE_TILING_LINEAR).external.externalMemoryFeatures == kBothWays);
    CHECK(asked_handle == 0);

    image_features = 0;
    for (const Answer& refused :
         {ask(true, kOpaque, VK_IMAGE_TILING_OPTIMAL), ask(false, kOpaque, VK_IMAGE_TILING_OPTIMAL),
          ask(true, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, VK_IMAGE_TILING_LINEAR)}) {
        CHECK(refused.result == VK_ERROR_FORMAT_NOT_SUPPORTED);
        CHECK(refused.levels == 0);
        CHECK(refused.external.externalMemoryFeatures == 0);
    }
    const Answer plain = ask(true, VkExternalMemoryHandleTypeFlagBits{}, VK_IMAGE_TILING_OPTIMAL);
    CHECK(plain.result == VK_SUCCESS);
    CHECK(plain.external.externalMemoryFeatures == 0);
}

TEST_CASE("an image that processes share names imported memory in place of their descriptors") {
    const HostVulkan vk = driver();
    image_features = VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
    for (const bool imports : {true, false}) {
        const ExternalMemory memory =
            imports ? ExternalMemory(vk, VK_NULL_HANDLE, VK_NULL_HANDLE) : ExternalMemory();
        const VkExternalMemoryImageCreateInfo asked{
            VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, nullptr,
            VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
        VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, &asked};
        info.tiling = VK_IMAGE_TILING_OPTIMAL;
        VkExternalMemoryImageCreateInfo external;
        memory.amend(info, external);
        CHECK(info.pNext == (imports ? &external : nullptr));
        if (imports) CHECK(external.pNext == nullptr);
    }
}
