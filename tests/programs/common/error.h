// Turns a VkResult that a program does not expect into an exception that says where it came from.
#pragma once

#include <vulkan/vulkan.h>

#include <source_location>
#include <stdexcept>
#include <string>

namespace vgpu::programs {

// "VK_ERROR_DEVICE_LOST", or the number where the name is not known here.
std::string result_name(VkResult result);

// A Vulkan call that fails where the program has no answer to it.
class VulkanError : public std::runtime_error {
  public:
    VulkanError(VkResult result, const std::source_location& where);
    VkResult result() const { return result_; }

  private:
    VkResult result_;
};

// The machine or the driver lacks what the program is about: not a failure of either.
class NotOffered : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Success codes other than VK_SUCCESS (VK_TIMEOUT, VK_INCOMPLETE ...) count as unexpected too.
inline void check(VkResult result, std::source_location where = std::source_location::current()) {
    if (result != VK_SUCCESS) throw VulkanError(result, where);
}

}  // namespace vgpu::programs
