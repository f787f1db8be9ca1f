// Recording, submitting and waiting in the few forms that the programs need again and again.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/gpu.h"
#include "common/handles.h"
#include "common/memory.h"

namespace vgpu::programs {

// A pool and what is allocated from it. One thread at a time; destroying it frees its buffers.
class Commands {
  public:
    explicit Commands(const Gpu& gpu, VkCommandPoolCreateFlags flags =
                                          VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT);

    VkCommandBuffer allocate(VkCommandBufferLevel level = VK_COMMAND_BUFFER_LEVEL_PRIMARY) const;
    VkCommandPool pool() const { return pool_; }

  private:
    VkDevice device_;
    CommandPool pool_;
};

void begin(VkCommandBuffer commands, VkCommandBufferUsageFlags usage = 0,
           const VkCommandBufferInheritanceInfo* inheritance = nullptr);

// Submits one command buffer and waits, by a fence, until it is done.
void submit_and_wait(const Gpu& gpu, VkCommandBuffer commands);
// Records with `record`, submits on the main queue and waits.
void run_once(const Gpu& gpu, const std::function<void(VkCommandBuffer)>& record);

// One use of an image or a buffer: which stage touches it, how, and in which layout.
struct Use {
    VkPipelineStageFlags stage;
    VkAccessFlags access;
    VkImageLayout layout = VK_IMAGE_LAYOUT_UNDEFINED;
};
inline constexpr Use kUnused{VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, 0, VK_IMAGE_LAYOUT_UNDEFINED};
inline constexpr Use kCopySource{VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_READ_BIT,
                                 VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL};
inline constexpr Use kCopyTarget{VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                                 VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL};
inline constexpr Use kColorTarget{
    VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
    VK_ACCESS_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
    VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
inline constexpr Use kFragmentSampled{VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
                                      VK_ACCESS_SHADER_READ_BIT,
                                      VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
inline constexpr Use kComputeStorage{VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                                     VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT,
                                     VK_IMAGE_LAYOUT_GENERAL};
inline constexpr Use kHostRead{VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT};
inline constexpr Use kHostWrite{VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_WRITE_BIT};

// Between two uses of all memory, or of one image range, whose layout changes with the use.
void memory_barrier(VkCommandBuffer commands, const Use& before, const Use& after);
void image_barrier(VkCommandBuffer commands, VkImage image, const VkImageSubresourceRange& range,
                   const Use& before, const Use& after);
inline void image_barrier(VkCommandBuffer commands, const BoundImage& image, const Use& before,
                          const Use& after) {
    image_barrier(commands, image.get(), image.range(), before, after);
}

// Copies `octets` into level 0 of an image and leaves it ready for `after`.
void upload_image(const Gpu& gpu, const BoundImage& image, std::span<const std::byte> octets,
                  const Use& after);
// Copies level 0 of a four-octet-a-pixel image, now used as `before`, to the host.
std::vector<std::byte> read_image(const Gpu& gpu, const BoundImage& image, const Use& before);
std::vector<std::byte> read_buffer(const Gpu& gpu, VkBuffer buffer, VkDeviceSize size);

}  // namespace vgpu::programs
