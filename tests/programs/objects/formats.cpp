// Asks what can be done with each format, and with images of it.
#include <cstdint>

#include "common/error.h"
#include "fields.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

std::vector<VkFormat> all_formats() {
    constexpr std::uint32_t kRanges[][2] = {{1, 184},                  // core 1.0
                                            {1000156000, 1000156033},  // multi-planar
                                            {1000066000, 1000066013},  // ASTC HDR
                                            {1000330000, 1000330003},
                                            {1000340000, 1000340001}};
    std::vector<VkFormat> formats;
    for (const auto& [first, last] : kRanges)
        for (std::uint32_t format = first; format <= last; ++format)
            formats.push_back(static_cast<VkFormat>(format));
    return formats;
}

void format_properties(const Stage& stage) {
    Hash plain, extended;
    for (VkFormat format : all_formats()) {
        VkFormatProperties properties{};
        vkGetPhysicalDeviceFormatProperties(stage.gpu.physical(), format, &properties);
        add_fields(plain, properties);
        VkFormatProperties3 wide{VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_3};
        VkFormatProperties2 both{VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2};
        if (stage.gpu.api_version() >= VK_API_VERSION_1_3) both.pNext = &wide;
        vkGetPhysicalDeviceFormatProperties2(stage.gpu.physical(), format, &both);
        add_fields(extended, wide);
        Hash first, second;
        add_fields(first, properties);
        add_fields(second, both.formatProperties);
        stage.report.check(first.value() == second.value(),
                           "Both calls tell the same of format " + std::to_string(format) + ".");
    }
    stage.report.hash("format_properties", plain);
    stage.report.hash("format_properties3", extended);
}

struct ImageQuestion {
    VkImageUsageFlags usage;
    VkImageCreateFlags flags;
};
constexpr ImageQuestion kQuestions[] = {
    {VK_IMAGE_USAGE_SAMPLED_BIT, 0},
    {VK_IMAGE_USAGE_STORAGE_BIT, VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT},
    {VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT, 0},
    {VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, 0},
    {VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
     VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT},
    {VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT, 0}};

void image_format_properties(const Stage& stage) {
    Hash plain, extended;
    for (VkFormat format : all_formats())
        for (VkImageType type : {VK_IMAGE_TYPE_1D, VK_IMAGE_TYPE_2D, VK_IMAGE_TYPE_3D})
            for (VkImageTiling tiling : {VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_TILING_LINEAR})
                for (const ImageQuestion& question : kQuestions) {
                    // Cubes are two-dimensional.
                    if (question.flags == VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT &&
                        type != VK_IMAGE_TYPE_2D)
                        continue;
                    VkImageFormatProperties properties{};
                    const VkResult result = vkGetPhysicalDeviceImageFormatProperties(
                        stage.gpu.physical(), format, type, tiling, question.usage, question.flags,
                        &properties);
                    plain.add(result);
                    if (result == VK_SUCCESS) add_fields(plain, properties);
                    VkPhysicalDeviceImageFormatInfo2 info{
                        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
                        nullptr,
                        format,
                        type,
                        tiling,
                        question.usage,
                        question.flags};
                    VkImageFormatProperties2 both{VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2};
                    const VkResult result2 = vkGetPhysicalDeviceImageFormatProperties2(
                        stage.gpu.physical(), &info, &both);
                    extended.add(result2);
                    if (result2 == VK_SUCCESS) add_fields(extended, both.imageFormatProperties);
                }
    stage.report.hash("image_format_properties", plain);
    stage.report.hash("image_format_properties2", extended);
    stage.report.check(plain.value() == extended.value(),
                       "Both calls tell the same of all images.");
}

// Also a chained question about sharing with other processes, which most answers refuse.
void external_images(const Stage& stage) {
    Hash hash;
    for (std::uint32_t handle : {VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                                 VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT}) {
        VkPhysicalDeviceExternalImageFormatInfo external{
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO, nullptr,
            static_cast<VkExternalMemoryHandleTypeFlagBits>(handle)};
        const VkPhysicalDeviceImageFormatInfo2 info{
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
            &external,
            VK_FORMAT_R8G8B8A8_UNORM,
            VK_IMAGE_TYPE_2D,
            VK_IMAGE_TILING_OPTIMAL,
            VK_IMAGE_USAGE_SAMPLED_BIT,
            0};
        VkExternalImageFormatProperties answer{VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES};
        VkImageFormatProperties2 both{VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2, &answer};
        const VkResult result =
            vkGetPhysicalDeviceImageFormatProperties2(stage.gpu.physical(), &info, &both);
        hash.add(result);
        if (result == VK_SUCCESS) add_fields(hash, answer.externalMemoryProperties);
    }
    stage.report.hash("external_images", hash);
}

void sparse_image_formats(const Stage& stage) {
    Hash hash;
    for (VkFormat format : {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_D16_UNORM, VK_FORMAT_R32_UINT}) {
        std::uint32_t count = 0;
        vkGetPhysicalDeviceSparseImageFormatProperties(
            stage.gpu.physical(), format, VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT,
            VK_IMAGE_USAGE_SAMPLED_BIT, VK_IMAGE_TILING_OPTIMAL, &count, nullptr);
        std::vector<VkSparseImageFormatProperties> list(count);
        vkGetPhysicalDeviceSparseImageFormatProperties(
            stage.gpu.physical(), format, VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT,
            VK_IMAGE_USAGE_SAMPLED_BIT, VK_IMAGE_TILING_OPTIMAL, &count, list.data());
        hash.add(count);
        for (const auto& properties : list) add_fields(hash, properties);
    }
    stage.report.hash("sparse_image_formats", hash);
}

}  // namespace

void formats(const Stage& stage) {
    format_properties(stage);
    image_format_properties(stage);
    external_images(stage);
    sparse_image_formats(stage);
}

}  // namespace vgpu::programs
