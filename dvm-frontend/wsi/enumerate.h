// Answers Vulkan's two-call enumerations.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "wsi/driver.h"

namespace vgpu::wsi {

// Without `out`, tells the number; with it, writes at most *count elements with
// assign(destination, source).
template <typename Out, typename In, typename Assign>
VkResult enumerate(std::span<const In> all, std::uint32_t* count, Out* out, Assign&& assign) {
    const auto there = static_cast<std::uint32_t>(all.size());
    if (out == nullptr) {
        *count = there;
        return VK_SUCCESS;
    }
    *count = std::min(*count, there);
    for (std::uint32_t i = 0; i < *count; ++i) assign(out[i], all[i]);
    return *count < there ? VK_INCOMPLETE : VK_SUCCESS;
}

template <typename T>
VkResult enumerate(std::span<const T> all, std::uint32_t* count, T* out) {
    return enumerate(all, count, out, [](T& to, const T& from) { to = from; });
}

}  // namespace vgpu::wsi
