// Owns one object of a device and destroys it.
#pragma once

#include <utility>

#include "wsi/driver.h"

namespace vgpu::wsi {

template <typename Handle, auto kDestroy>
class Owned {
  public:
    Owned() = default;
    Owned(const Driver& driver, Handle handle) : driver_(&driver), handle_(handle) {}
    Owned(Owned&& other) noexcept
        : driver_(other.driver_), handle_(std::exchange(other.handle_, Handle{})) {}
    Owned& operator=(Owned&& other) noexcept {
        std::swap(driver_, other.driver_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Owned() {
        if (handle_ != Handle{}) (driver_->*kDestroy)(driver_->device, handle_, nullptr);
    }

    Handle get() const { return handle_; }
    // Leaves the object alive: the device may still be using it.
    void leak() { handle_ = Handle{}; }

  private:
    const Driver* driver_ = nullptr;
    Handle handle_{};
};

using OwnedImage = Owned<VkImage, &Driver::DestroyImage>;
using OwnedBuffer = Owned<VkBuffer, &Driver::DestroyBuffer>;
using OwnedMemory = Owned<VkDeviceMemory, &Driver::FreeMemory>;
using OwnedFence = Owned<VkFence, &Driver::DestroyFence>;
using OwnedCommandPool = Owned<VkCommandPool, &Driver::DestroyCommandPool>;

}  // namespace vgpu::wsi
