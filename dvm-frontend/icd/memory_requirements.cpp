// Keys, keeps and tells the requirements of buffers and images.
#include "icd/requirements_answer.h"

#include <new>

namespace vgpu::icd {

namespace {

constexpr std::uint64_t pack(std::uint64_t high, std::uint64_t low) {
    return high << 32 | (low & 0xffff'ffff);
}
// The first word: which kind of structure the key is of.
enum Kind : std::uint64_t { kBuffer = 1, kImage = 2 };

}  // namespace

RequirementsKey::RequirementsKey(const VkBufferCreateInfo& info) {
    if (info.pNext || info.sharingMode != VK_SHARING_MODE_EXCLUSIVE) return;
    words = {kBuffer, info.flags, info.size, info.usage};
}

RequirementsKey::RequirementsKey(const VkImageCreateInfo& info) {
    if (info.pNext || info.sharingMode != VK_SHARING_MODE_EXCLUSIVE) return;
    words = {kImage,
             pack(info.flags, info.usage),
             pack(info.imageType, info.format),
             pack(info.extent.width, info.extent.height),
             pack(info.extent.depth, info.mipLevels),
             pack(info.arrayLayers, info.samples),
             pack(info.tiling, info.initialLayout)};
}

std::size_t RequirementsCache::Hash::operator()(const RequirementsKey& key) const {
    std::uint64_t hash = 0;
    for (const std::uint64_t word : key.words)
        hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15 ^ hash >> 29;
    return static_cast<std::size_t>(hash ^ hash >> 32);
}

std::optional<KeptRequirements> RequirementsCache::find(ObjectRequirements& object) {
    const std::lock_guard lock(mutex_);
    if (object.kept || !object.key.usable()) return object.kept;
    const auto at = kinds_.find(object.key);
    if (at != kinds_.end()) object.kept = at->second;
    return object.kept;
}

void RequirementsCache::keep(ObjectRequirements& object, const KeptRequirements& requirements) {
    const std::lock_guard lock(mutex_);
    object.kept = requirements;
    if (!object.key.usable() || kinds_.size() >= kKindsMax) return;
    try {
        kinds_.insert_or_assign(object.key, requirements);
    } catch (const std::bad_alloc&) {
    }
}

bool answer(const KeptRequirements& kept, VkMemoryRequirements2& requirements) {
    for (auto* next = static_cast<VkBaseOutStructure*>(requirements.pNext); next;
         next = next->pNext) {
        if (next->sType != VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS || !kept.dedicated_known)
            return false;
        auto* dedicated = reinterpret_cast<VkMemoryDedicatedRequirements*>(next);
        dedicated->prefersDedicatedAllocation = kept.prefers_dedicated;
        dedicated->requiresDedicatedAllocation = kept.requires_dedicated;
    }
    requirements.memoryRequirements = kept.memory;
    return true;
}

}  // namespace vgpu::icd
