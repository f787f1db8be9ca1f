// A ring in private memory, with both of its ends, for the tests of it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ring/byte_ring.h"

namespace vgpu::ring {

// Positions begin at `start`, so that a test can stand right before the indices wrap.
struct TestRing {
    explicit TestRing(std::uint32_t size, std::uint32_t start = 0)
        : size(size),
          start(start),
          header(prepare(std::make_unique<RingHeader>(), start)),
          data(size, 0xee) {}

    Producer producer() { return Producer(*header, data.data(), size, start); }
    Consumer consumer() { return Consumer(*header, data.data(), size, start); }

    const std::uint32_t size;
    const std::uint32_t start;
    std::unique_ptr<RingHeader> header;
    std::vector<std::uint8_t> data;

  private:
    static std::unique_ptr<RingHeader> prepare(std::unique_ptr<RingHeader> header,
                                               std::uint32_t start) {
        header->head = start;
        header->tail = start;
        return header;
    }
};

}  // namespace vgpu::ring
