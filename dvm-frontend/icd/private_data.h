// Data that an application attaches to its objects; nobody else ever sees it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "icd/object.h"

namespace vgpu::icd {

// Owned by the application. Vulkan lets any thread set and get, of different objects at once.
class PrivateDataSlot : public wire::GuestObject {
  public:
    PrivateDataSlot();

    // May throw std::bad_alloc.
    void set(VkObjectType type, std::uint64_t object, std::uint64_t data);
    std::uint64_t get(VkObjectType type, std::uint64_t object);

  private:
    // An id is never used twice, unlike the memory of an object in the guest.
    using Key = std::pair<VkObjectType, std::uint64_t>;
    static Key key_of(VkObjectType type, std::uint64_t object);

    std::mutex mutex_;
    std::map<Key, std::uint64_t> data_;
};

}  // namespace vgpu::icd
