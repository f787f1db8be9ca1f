// Owns a Vulkan instance and, when asked, listens to the Khronos validation layer in it.
#pragma once

#include <vulkan/vulkan.h>

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vgpu::programs {

// Owned by main(); the devices made from it must go first.
class Instance {
  public:
    // Asks for Vulkan 1.3. With `validate` every error message of the validation layer is printed
    // and counted; the count is read after all work is done. Throws NotOffered without a driver.
    explicit Instance(bool validate, std::vector<const char*> extensions = {});
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    VkInstance get() const { return instance_; }
    // The index-th device; throws NotOffered where there are not as many.
    VkPhysicalDevice physical_device(std::uint32_t index) const;
    std::uint32_t validation_errors() const { return validation_errors_; }

    template <typename Function>
    Function load(const char* name) const {
        return reinterpret_cast<Function>(vkGetInstanceProcAddr(instance_, name));
    }
    static bool offers_extension(std::string_view name);

  private:
    VkInstance instance_ = VK_NULL_HANDLE;
    VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
    std::atomic<std::uint32_t> validation_errors_{0};
};

}  // namespace vgpu::programs
