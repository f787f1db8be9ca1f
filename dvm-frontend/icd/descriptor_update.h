// Unfolds a descriptor update template into plain descriptor writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "icd/object.h"
#include "icd/small_array.h"

namespace vgpu::icd {

// Owned by the application; immutable, so any thread may use it.
struct DescriptorUpdateTemplate : wire::GuestObject {
    // May throw std::bad_alloc.
    explicit DescriptorUpdateTemplate(const VkDescriptorUpdateTemplateCreateInfo& info);

    std::vector<VkDescriptorUpdateTemplateEntry> entries;
    VkPipelineBindPoint bind_point;
    // Bytes of the descriptors that do not lie tightly in the application's data.
    std::size_t gathered_bytes = 0;
    std::size_t inline_blocks = 0;
    std::size_t acceleration_structures = 0;  // entries of them
};

// The writes of one update. Lives on the stack of the application's thread; points into itself and
// into the application's data, which is not copied where it lies tightly already.
class UnfoldedUpdate {
  public:
    // False when there is no memory.
    bool unfold(const DescriptorUpdateTemplate& source, VkDescriptorSet set, const void* data);
    const VkWriteDescriptorSet* writes() { return writes_.data(); }
    std::uint32_t count() const { return static_cast<std::uint32_t>(writes_.size()); }

  private:
    const void* gather(const VkDescriptorUpdateTemplateEntry& entry, const std::uint8_t* from);

    SmallArray<VkWriteDescriptorSet, 8> writes_;
    SmallArray<VkWriteDescriptorSetInlineUniformBlock, 2> blocks_;
    SmallArray<VkWriteDescriptorSetAccelerationStructureKHR, 2> structures_;
    SmallArray<std::uint64_t, 64> gathered_;
    std::size_t used_blocks_ = 0;
    std::size_t used_structures_ = 0;
    std::size_t used_words_ = 0;
};

}  // namespace vgpu::icd
