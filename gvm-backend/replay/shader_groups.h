// How many shader groups ray tracing pipelines have, which their drivers do not look at.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <map>
#include <mutex>

namespace vgpu::replay {

// Owned by the context's state. Entered by the threads that compile, asked by ordered commands. A
// handle may come again for another pipeline: the last number holds.
class ShaderGroups {
  public:
    void set(VkPipeline pipeline, std::uint32_t groups) {
        const std::lock_guard lock(mutex_);
        groups_[pipeline] = groups;
    }
    // 0 for a pipeline of another kind.
    std::uint32_t of(VkPipeline pipeline) const {
        const std::lock_guard lock(mutex_);
        const auto at = groups_.find(pipeline);
        return at == groups_.end() ? 0 : at->second;
    }

  private:
    mutable std::mutex mutex_;
    std::map<VkPipeline, std::uint32_t> groups_;
};

}  // namespace vgpu::replay
