// Owners of Vulkan objects: each is created from its create-info and destroyed with its scope.
#pragma once

#include <vulkan/vulkan.h>

#include <source_location>
#include <utility>

#include "common/error.h"

namespace vgpu::programs {

// Owns one object of a device. The device must outlive it. May be handed to another thread and
// destroyed there; it does no locking of its own.
template <typename T, typename Info, auto kCreate, auto kDestroy>
class Owned {
  public:
    Owned() = default;
    Owned(VkDevice device, const Info& info,
          std::source_location where = std::source_location::current())
        : device_(device) {
        check(kCreate(device, &info, nullptr, &handle_), where);
    }
    // Takes over an object that was made by other means.
    static Owned adopt(VkDevice device, T handle) {
        Owned owned;
        owned.device_ = device;
        owned.handle_ = handle;
        return owned;
    }

    Owned(Owned&& other) noexcept
        : device_(other.device_), handle_(std::exchange(other.handle_, T{})) {}
    Owned& operator=(Owned&& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Owned() {
        if (handle_ != T{}) kDestroy(device_, handle_, nullptr);
    }

    operator T() const { return handle_; }
    T get() const { return handle_; }
    // For the calls that take an array of one.
    const T* address() const { return &handle_; }

  private:
    VkDevice device_ = VK_NULL_HANDLE;
    T handle_{};
};

// Pipelines are created in arrays; this gives them the shape of everything else.
template <auto kCreateMany, typename Info>
VkResult create_one_pipeline(VkDevice device, const Info* info,
                             const VkAllocationCallbacks* allocator, VkPipeline* pipeline) {
    return kCreateMany(device, VK_NULL_HANDLE, 1, info, allocator, pipeline);
}

#define VGPU_OWNED(Name) \
    using Name = Owned<Vk##Name, Vk##Name##CreateInfo, vkCreate##Name, vkDestroy##Name>
VGPU_OWNED(Buffer);
VGPU_OWNED(BufferView);
VGPU_OWNED(CommandPool);
VGPU_OWNED(DescriptorPool);
VGPU_OWNED(DescriptorSetLayout);
VGPU_OWNED(DescriptorUpdateTemplate);
VGPU_OWNED(Event);
VGPU_OWNED(Fence);
VGPU_OWNED(Framebuffer);
VGPU_OWNED(Image);
VGPU_OWNED(ImageView);
VGPU_OWNED(PipelineCache);
VGPU_OWNED(PipelineLayout);
VGPU_OWNED(PrivateDataSlot);
VGPU_OWNED(QueryPool);
VGPU_OWNED(RenderPass);
VGPU_OWNED(Sampler);
VGPU_OWNED(SamplerYcbcrConversion);
VGPU_OWNED(Semaphore);
VGPU_OWNED(ShaderModule);
#undef VGPU_OWNED

using DeviceMemory = Owned<VkDeviceMemory, VkMemoryAllocateInfo, vkAllocateMemory, vkFreeMemory>;
using RenderPass2 =
    Owned<VkRenderPass, VkRenderPassCreateInfo2, vkCreateRenderPass2, vkDestroyRenderPass>;
using GraphicsPipeline =
    Owned<VkPipeline, VkGraphicsPipelineCreateInfo,
          create_one_pipeline<vkCreateGraphicsPipelines, VkGraphicsPipelineCreateInfo>,
          vkDestroyPipeline>;
using ComputePipeline =
    Owned<VkPipeline, VkComputePipelineCreateInfo,
          create_one_pipeline<vkCreateComputePipelines, VkComputePipelineCreateInfo>,
          vkDestroyPipeline>;

}  // namespace vgpu::programs
