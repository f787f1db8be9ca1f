// Multiple draws in one command: the wire has their elements one after the other, whatever the
// application's stride.
#include <cstdint>
#include <cstring>

#include "entries.h"
#include "icd/command_buffer.h"
#include "icd/forward.h"
#include "icd/small_array.h"

namespace vgpu::icd {

namespace {

// The elements lie at a stride from each other in the application's memory.
template <typename Element>
class Tight {
  public:
    // Null when there is no memory: not all draws can be recorded, which vkEndCommandBuffer tells.
    const Element* pack(VkCommandBuffer command_buffer, const Element* first, std::uint32_t count,
                        std::uint32_t stride) {
        if (count == 1 || stride == sizeof(Element)) return first;
        if (!elements_.resize(count)) {
            object_of<CommandBuffer>(command_buffer).failed = true;
            return nullptr;
        }
        const auto* from = reinterpret_cast<const std::uint8_t*>(first);
        for (std::uint32_t i = 0; i < count; ++i)
            std::memcpy(&elements_[i], from + std::size_t{i} * stride, sizeof(Element));
        return elements_.data();
    }

  private:
    SmallArray<Element, 64> elements_;
};

}  // namespace

VKAPI_ATTR void VKAPI_CALL entry_vkCmdDrawMultiEXT(VkCommandBuffer commandBuffer,
                                                   uint32_t drawCount,
                                                   const VkMultiDrawInfoEXT* pVertexInfo,
                                                   uint32_t instanceCount, uint32_t firstInstance,
                                                   uint32_t stride) {
    if (drawCount == 0) return;
    Tight<VkMultiDrawInfoEXT> tight;
    const VkMultiDrawInfoEXT* draws = tight.pack(commandBuffer, pVertexInfo, drawCount, stride);
    if (!draws) return;
    record(commandBuffer, wire::Args_vkCmdDrawMultiEXT{.commandBuffer = commandBuffer,
                                                       .drawCount = drawCount,
                                                       .pVertexInfo = draws,
                                                       .instanceCount = instanceCount,
                                                       .firstInstance = firstInstance,
                                                       .stride = sizeof(VkMultiDrawInfoEXT)});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdDrawMultiIndexedEXT(
    VkCommandBuffer commandBuffer, uint32_t drawCount, const VkMultiDrawIndexedInfoEXT* pIndexInfo,
    uint32_t instanceCount, uint32_t firstInstance, uint32_t stride, const int32_t* pVertexOffset) {
    if (drawCount == 0) return;
    Tight<VkMultiDrawIndexedInfoEXT> tight;
    const VkMultiDrawIndexedInfoEXT* draws =
        tight.pack(commandBuffer, pIndexInfo, drawCount, stride);
    if (!draws) return;
    record(commandBuffer,
           wire::Args_vkCmdDrawMultiIndexedEXT{.commandBuffer = commandBuffer,
                                               .drawCount = drawCount,
                                               .pIndexInfo = draws,
                                               .instanceCount = instanceCount,
                                               .firstInstance = firstInstance,
                                               .stride = sizeof(VkMultiDrawIndexedInfoEXT),
                                               .pVertexOffset = pVertexOffset});
}

}  // namespace vgpu::icd
