// Keeps what objects ask of their memory, so that the host is asked once for each kind of object.
#pragma once

#include <vulkan/vulkan.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace vgpu::icd {

// Names a kind of object: what it was created with. Unusable (kind 0) where only the object itself
// can be asked, because it has a chain of further structures or is shared by queue families.
struct RequirementsKey {
    RequirementsKey() = default;
    explicit RequirementsKey(const VkBufferCreateInfo& info);
    explicit RequirementsKey(const VkImageCreateInfo& info);

    bool usable() const { return words[0] != 0; }
    bool operator==(const RequirementsKey&) const = default;

    std::array<std::uint64_t, 7> words{};
};

struct KeptRequirements {
    // Unknown, on a lost device: nothing, at an alignment that can be divided by.
    VkMemoryRequirements memory{.size = 0, .alignment = 1, .memoryTypeBits = 0};
    // VkMemoryDedicatedRequirements; unknown where the host was asked as of Vulkan 1.0.
    bool dedicated_known = false;
    VkBool32 prefers_dedicated = VK_FALSE;
    VkBool32 requires_dedicated = VK_FALSE;
};

// Part of a buffer or image; guarded by the RequirementsCache of its device.
struct ObjectRequirements {
    RequirementsKey key;
    std::optional<KeptRequirements> kept;
};

// Owned by the Device; any thread. Vulkan promises the same requirements to objects that were
// created alike (VkMemoryRequirements; VkDeviceBufferMemoryRequirements).
class RequirementsCache {
  public:
    static constexpr std::size_t kKindsMax = 4096;

    std::optional<KeptRequirements> find(ObjectRequirements& object);
    // Never throws: a kind that finds no room is not kept.
    void keep(ObjectRequirements& object, const KeptRequirements& requirements);

  private:
    struct Hash {
        std::size_t operator()(const RequirementsKey& key) const;
    };
    std::mutex mutex_;
    std::unordered_map<RequirementsKey, KeptRequirements, Hash> kinds_;
};

}  // namespace vgpu::icd
