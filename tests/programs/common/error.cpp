// Names the results that Vulkan calls return.
#include "common/error.h"

namespace vgpu::programs {

std::string result_name(VkResult result) {
    switch (result) {
#define VGPU_RESULT(name) \
    case name:            \
        return #name
        VGPU_RESULT(VK_SUCCESS);
        VGPU_RESULT(VK_NOT_READY);
        VGPU_RESULT(VK_TIMEOUT);
        VGPU_RESULT(VK_EVENT_SET);
        VGPU_RESULT(VK_EVENT_RESET);
        VGPU_RESULT(VK_INCOMPLETE);
        VGPU_RESULT(VK_SUBOPTIMAL_KHR);
        VGPU_RESULT(VK_ERROR_OUT_OF_HOST_MEMORY);
        VGPU_RESULT(VK_ERROR_OUT_OF_DEVICE_MEMORY);
        VGPU_RESULT(VK_ERROR_INITIALIZATION_FAILED);
        VGPU_RESULT(VK_ERROR_DEVICE_LOST);
        VGPU_RESULT(VK_ERROR_INVALID_SHADER_NV);
        VGPU_RESULT(VK_ERROR_MEMORY_MAP_FAILED);
        VGPU_RESULT(VK_ERROR_LAYER_NOT_PRESENT);
        VGPU_RESULT(VK_ERROR_EXTENSION_NOT_PRESENT);
        VGPU_RESULT(VK_ERROR_FEATURE_NOT_PRESENT);
        VGPU_RESULT(VK_ERROR_INCOMPATIBLE_DRIVER);
        VGPU_RESULT(VK_ERROR_TOO_MANY_OBJECTS);
        VGPU_RESULT(VK_ERROR_FORMAT_NOT_SUPPORTED);
        VGPU_RESULT(VK_ERROR_FRAGMENTED_POOL);
        VGPU_RESULT(VK_ERROR_OUT_OF_POOL_MEMORY);
        VGPU_RESULT(VK_ERROR_INVALID_EXTERNAL_HANDLE);
        VGPU_RESULT(VK_ERROR_FRAGMENTATION);
        VGPU_RESULT(VK_ERROR_SURFACE_LOST_KHR);
        VGPU_RESULT(VK_ERROR_OUT_OF_DATE_KHR);
        VGPU_RESULT(VK_PIPELINE_COMPILE_REQUIRED);
#undef VGPU_RESULT
        default:
            return "VkResult " + std::to_string(static_cast<int>(result));
    }
}

VulkanError::VulkanError(VkResult result, const std::source_location& where)
    : std::runtime_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                         ": the call returns " + result_name(result) + "."),
      result_(result) {}

}  // namespace vgpu::programs
