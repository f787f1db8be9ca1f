// Keeps exceptions from leaving an entry point.
#pragma once

#include <vulkan/vulkan.h>

#include <new>
#include <system_error>
#include <utility>

namespace vgpu::wsi {

// Calls a function that returns a VkResult; what it throws becomes one.
template <typename Function>
VkResult guarded(Function&& function) noexcept {
    try {
        return std::forward<Function>(function)();
    } catch (const std::bad_alloc&) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    } catch (const std::system_error&) {  // no thread, or no lock, could be made
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    } catch (...) {
        return VK_ERROR_INITIALIZATION_FAILED;
    }
}

}  // namespace vgpu::wsi
