// A device's shaders on their way to the driver: the gate, and what it needs to know of layouts.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>

#include "gate/gate.h"
#include "replay/replay.h"

namespace vgpu::replay {

// What the handle table calls a VkShaderModule. Held by the book and by compilations that use it;
// the driver's own ends with the last of them.
struct ShaderModule {
    ShaderModule() = default;
    ~ShaderModule();
    ShaderModule(const ShaderModule&) = delete;
    ShaderModule& operator=(const ShaderModule&) = delete;

    const HostVulkan* vk = nullptr;
    VkDevice device = VK_NULL_HANDLE;
    VkShaderModule host = VK_NULL_HANDLE;  // null when it is refused
    gate::Judged judged;
};

// Handles of the driver's layouts and what the gate knows of them. Drivers may give equal layouts
// one handle, which is then counted.
template <typename Handle, typename Layout>
class LayoutBook {
  public:
    void add(Handle handle, std::shared_ptr<const Layout> layout) {
        Entry& entry = entries_[handle];
        ++entry.count;
        entry.layout = std::move(layout);
    }
    void remove(Handle handle) {
        const auto found = entries_.find(handle);
        if (found != entries_.end() && --found->second.count == 0) entries_.erase(found);
    }
    std::shared_ptr<const Layout> find(Handle handle) const {
        const auto found = entries_.find(handle);
        return found == entries_.end() ? nullptr : found->second.layout;
    }

  private:
    struct Entry {
        std::uint32_t count = 0;
        std::shared_ptr<const Layout> layout;
    };
    std::unordered_map<Handle, Entry> entries_;
};

// One per device. Layouts are used by ordered commands only, which run one at a time; modules by
// any thread.
class Shaders {
  public:
    Shaders(Replay& replay, VkPhysicalDevice physical);

    gate::Gate& gate() { return gate_; }
    void add(std::shared_ptr<ShaderModule> module);
    void remove(VkShaderModule handle);
    std::shared_ptr<ShaderModule> find(VkShaderModule handle);
    // Before the device goes, when no compilation runs.
    void remove_all();

    LayoutBook<VkDescriptorSetLayout, gate::SetLayout> sets;
    LayoutBook<VkPipelineLayout, gate::PipelineLayout> pipelines;

  private:
    gate::Gate gate_;
    std::mutex mutex_;
    std::unordered_map<VkShaderModule, std::shared_ptr<ShaderModule>> modules_;  // mutex_
};

// The code's words, or none where Vulkan allows no such length.
std::span<const std::uint32_t> words_of(const VkShaderModuleCreateInfo& info);

Compiles::Watched watch_check(Compiles& compiles, std::span<const std::uint32_t> words);

// Tells the administrator which check refuses what. `what` names the module.
void report_refusal(worker::WorkerServices& services, const std::string& what,
                    const gate::Refusal& refusal);

}  // namespace vgpu::replay
