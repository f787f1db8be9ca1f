// A GPU behind a FakeHost, and an instance and a device on it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fake_host.h"
#include "icd/device.h"
#include "icd/instance.h"

namespace vgpu::icd::test {

// What the GPU says of itself; to be changed before a FakeInstance is made of it.
struct FakeGpu {
    VkPhysicalDeviceProperties properties{};
    VkPhysicalDeviceMemoryProperties memory{};
    std::vector<VkQueueFamilyProperties> families;
    std::vector<VkExtensionProperties> extensions;
    std::string driver_info = "Mesa of a test";
    VkDeviceSize max_buffer_size = 1 << 30;
    VkMemoryRequirements requirements{4096, 256, 3};

    FakeGpu();
    void answer(FakeHost& host) const;

    static constexpr std::uint32_t kVisible = 0;  // memory types
    static constexpr std::uint32_t kLocal = 1;
};

VkExtensionProperties extension(const char* name, std::uint32_t version = 1);

// An instance of the application's. Its host lives as long as it.
class FakeInstance {
  public:
    explicit FakeInstance(const FakeGpu& gpu = {}, std::vector<const char*> extensions = {},
                          std::unique_ptr<FakeHost> host = std::make_unique<FakeHost>());
    ~FakeInstance();

    FakeHost& host;
    VkInstance instance = VK_NULL_HANDLE;
    VkPhysicalDevice gpu = VK_NULL_HANDLE;
    const VkResult result;  // filled last, with what stands above

  private:
    VkResult open(std::unique_ptr<FakeHost> host, std::vector<const char*> extensions);
};

// A device with two queues of family 0, and a third that is protected.
class FakeDevice : public FakeInstance {
  public:
    explicit FakeDevice(const FakeGpu& gpu = {}, std::vector<const char*> extensions = {});
    ~FakeDevice();

    VkDevice device = VK_NULL_HANDLE;
};

}  // namespace vgpu::icd::test
