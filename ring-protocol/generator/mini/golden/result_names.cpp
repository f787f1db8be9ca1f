// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Names of VkResult's values.
#include "result_names.h"

namespace vgpu {

const char* result_name(VkResult result) {
    switch (static_cast<int>(result)) {
        case 0: return "VK_SUCCESS";
        case 5: return "VK_INCOMPLETE";
        case -1: return "VK_ERROR_OUT_OF_HOST_MEMORY";
    }
    return "an unknown VkResult";
}

}  // namespace vgpu
