// What every wait with a timeout of Vulkan's has in common.
#pragma once

#include <vulkan/vulkan.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "icd/context.h"

namespace vgpu::icd {

// Nanoseconds as Vulkan counts them; what is longer than an age has no end.
inline std::optional<std::chrono::nanoseconds> limit_of(std::uint64_t timeout_ns) {
    if (timeout_ns > std::uint64_t{1} << 62) return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(timeout_ns));
}

// VK_SUCCESS when done() is seen true in time, VK_TIMEOUT when not, VK_ERROR_DEVICE_LOST.
inline VkResult wait_for(Context& context, DoneRef done, std::uint64_t timeout_ns) {
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    if (done()) return VK_SUCCESS;
    if (timeout_ns == 0) return context.lost_now() ? VK_ERROR_DEVICE_LOST : VK_TIMEOUT;
    if (context.wait_until(done, limit_of(timeout_ns))) return VK_SUCCESS;
    return context.lost() ? VK_ERROR_DEVICE_LOST : VK_TIMEOUT;
}

// For what was posted: its result is success, or that the context is lost.
inline VkResult posted(const Context& context) {
    return context.lost() ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

}  // namespace vgpu::icd
