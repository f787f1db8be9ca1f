// The Vulkan driver under the tests: what this machine's loader finds, a software one preferred.
#pragma once

#include <vulkan/vulkan.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "shared_pages.h"
#include "wsi/driver.h"

namespace vgpu::wsi::test {

// A device with one queue, and a Driver that goes straight to it. With VGPU_TEST_VALIDATION set,
// the validation layer looks on; a test's end checks that it had nothing to say.
class LowerDriver {
  public:
    enum class Staging { Private, SharedPages };

    // SharedPages puts the memory of buffers into memfds, as the ICD's is.
    explicit LowerDriver(Staging staging = Staging::Private);
    LowerDriver(const LowerDriver&) = delete;
    LowerDriver& operator=(const LowerDriver&) = delete;
    ~LowerDriver();

    Driver& driver() { return driver_; }
    VkInstance instance() const { return instance_; }
    VkPhysicalDevice physical() const { return driver_.physical_device; }
    VkDevice device() const { return driver_.device; }
    VkQueue queue() const { return queue_; }
    std::uint32_t queue_family() const { return 0; }
    // What device_lost() says from now on.
    void set_lost() {
        lost_ = true;
        woken_.notify_all();
    }

  private:
    void make_instance(bool validated);
    void make_messenger();
    void make_device();
    void set_hooks();

    VkInstance instance_ = VK_NULL_HANDLE;
    VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
    VkQueue queue_ = VK_NULL_HANDLE;
    Driver driver_;
    std::unique_ptr<SharedPages> pages_;
    std::atomic<bool> lost_{false};
    std::mutex mutex_;
    std::condition_variable woken_;
    std::atomic<int> validation_errors_{0};
};

}  // namespace vgpu::wsi::test
