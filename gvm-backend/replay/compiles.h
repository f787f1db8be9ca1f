// Pipelines that are being compiled while other channels' commands go on.
#pragma once

#include <atomic>
#include <cstdint>

#include "object_types.h"

namespace vgpu::replay {

// Owned by the context's state. Begun by ordered commands, ended by any channel's thread.
class Compiles {
  public:
    // Whether a compilation may look at objects of that type, so that their end waits for it.
    static bool may_use(std::uint16_t type) {
        switch (static_cast<wire::ObjectType>(type)) {
            case wire::ObjectType::ShaderModule:
            case wire::ObjectType::PipelineLayout:
            case wire::ObjectType::DescriptorSetLayout:
            case wire::ObjectType::RenderPass:
            case wire::ObjectType::PipelineCache:
            case wire::ObjectType::Pipeline:
            case wire::ObjectType::Sampler:
            case wire::ObjectType::SamplerYcbcrConversion:
#ifdef VK_EXT_shader_object
            case wire::ObjectType::ShaderEXT:
#endif
                return true;
            default:
                return false;
        }
    }

    void begin() {
        running_.fetch_add(1, std::memory_order_relaxed);
    }
    void end() {
        running_.fetch_sub(1, std::memory_order_acq_rel);
        running_.notify_all();
    }
    bool any() const { return running_.load(std::memory_order_acquire) != 0; }
    void wait_for_none() const {
        while (const std::uint32_t n = running_.load(std::memory_order_acquire)) running_.wait(n);
    }

  private:
    std::atomic<std::uint32_t> running_{0};
};

}  // namespace vgpu::replay
