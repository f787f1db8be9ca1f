// Keeps two copies of the same bytes alike when both sides write to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace vgpu::worker {

// One guest page range beside the driver's memory that stands for it, with a shadow: what both held
// when they were last brought together. A byte that differs from the shadow has been written, and
// only such bytes are carried over, so neither side's other writes are lost. The guest's bytes
// change at its will and are read once. Used by one thread at a time.
class Mirror {
  public:
    // All three hold what the guest holds now. `bytes` is a multiple of the page size.
    Mirror(std::uint8_t* guest, std::uint8_t* driver, std::size_t bytes);

    // True when something was carried over.
    bool guest_to_driver() { return carry(guest_, driver_); }
    bool driver_to_guest() { return carry(driver_, guest_); }

  private:
    bool carry(const std::uint8_t* from, std::uint8_t* to);

    std::uint8_t* guest_;
    std::uint8_t* driver_;
    std::size_t bytes_;
    std::unique_ptr<std::uint8_t[]> shadow_;
};

}  // namespace vgpu::worker
