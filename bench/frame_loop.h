// Frames of many small draws with two of them in flight, as a game renders.
#pragma once

#include <array>
#include <cstdint>

#include "common/pipelines.h"
#include "measure.h"

namespace vgpu::bench {

// Owned by a row, on its thread. Each frame is recorded anew: for each draw push constants, a
// descriptor set and the draw itself.
class FrameLoop {
  public:
    FrameLoop(const Session& session, std::uint32_t draws_a_frame);

    // Records and submits the next frame, once the frame before the last is done.
    void next();
    // Waits until all frames are done.
    void finish();
    // Records one command buffer of `pairs` times push constants and draw, for a row of its own.
    void record_pairs(VkCommandBuffer commands, std::uint32_t pairs) const;
    void begin_pass(VkCommandBuffer commands) const;

  private:
    struct Slot {
        VkCommandBuffer commands;
        Fence done;
    };
    void record_frame(VkCommandBuffer commands) const;
    RenderPass make_pass() const;
    Framebuffer make_framebuffer() const;
    GraphicsPipeline make_pipeline() const;

    const Session& session_;
    std::uint32_t draws_;
    BoundImage color_;
    RenderPass pass_;
    Framebuffer framebuffer_;
    BoundBuffer paint_;
    DescriptorSetLayout set_layout_;
    PipelineLayout layout_;
    DescriptorPool sets_;
    VkDescriptorSet set_;
    GraphicsPipeline pipeline_;
    Commands pool_;
    std::array<Slot, 2> slots_;
    std::uint32_t frame_ = 0;
};

}  // namespace vgpu::bench
