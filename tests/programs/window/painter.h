// Draws the frames of the animation, into any image of the window's format.
#pragma once

#include "common/memory.h"
#include "common/pipelines.h"

namespace vgpu::programs {

// Owned by main(), on its thread.
class Painter {
  public:
    // The images end in `final_layout`.
    Painter(const Gpu& gpu, VkFormat format, VkImageLayout final_layout);

    Framebuffer make_framebuffer(VkImageView view, VkExtent2D extent) const;
    // Records all that frame number `frame` consists of. The same number gives the same pixels.
    void record(VkCommandBuffer commands, VkFramebuffer target, VkExtent2D extent,
                std::uint32_t frame) const;

  private:
    const Gpu& gpu_;
    RenderPass pass_;
    PipelineLayout layout_;
    GraphicsPipeline pipeline_;
};

}  // namespace vgpu::programs
