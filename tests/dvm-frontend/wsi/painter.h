// Draws patterns into swapchain images, so that a test knows what to see in the window.
#pragma once

#include <cstdint>
#include <vector>

#include "lower_driver.h"

namespace vgpu::wsi::test {

// The pixel of pattern `seed` at (x, y): different for neighbours, rows and seeds.
std::uint32_t pattern_pixel(std::uint32_t seed, std::uint32_t x, std::uint32_t y);
// What a window of depth 24 (mask 0xffffff) or 32 (0xffffffff) shows of it.
std::vector<std::uint32_t> pattern(std::uint32_t seed, VkExtent2D extent, std::uint32_t mask);

// Frees what it made when destroyed, after the queue is idle.
class Painter {
  public:
    explicit Painter(LowerDriver& lower);
    Painter(const Painter&) = delete;
    Painter& operator=(const Painter&) = delete;
    ~Painter();

    VkSemaphore make_semaphore();
    VkFence make_fence();
    // Submits: wait for `wait` (if any), fill the image, leave it to be presented, signal `done`.
    void paint(VkImage image, VkExtent2D extent, std::uint32_t seed, VkSemaphore wait,
               VkSemaphore done);

  private:
    VkBuffer make_pattern(VkExtent2D extent, std::uint32_t seed);
    VkCommandBuffer record(VkImage image, VkExtent2D extent, VkBuffer pixels);

    LowerDriver& lower_;
    VkCommandPool pool_ = VK_NULL_HANDLE;
    std::vector<VkSemaphore> semaphores_;
    std::vector<VkFence> fences_;
    std::vector<VkBuffer> buffers_;
    std::vector<VkDeviceMemory> memories_;
};

}  // namespace vgpu::wsi::test
