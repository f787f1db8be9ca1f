// Memory that two processes of one machine map, safe from being shrunk under either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace vgpu::transport {

// A shared, writable mapping; unmapped with this.
class Mapping {
  public:
    Mapping() = default;
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    ~Mapping() { reset(); }

    // The first `bytes` bytes of `fd`. Small ones are populated at once. False, and errno, when
    // there is no memory for it.
    bool map(int fd, std::size_t bytes);
    std::uint8_t* data() const { return data_; }
    std::size_t size() const { return size_; }

  private:
    void reset();
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

// A memfd of `bytes` zero bytes (a multiple of the page size) whose size is sealed; empty, and
// errno, when there is no memory for it.
UniqueFd make_sealed_memory(std::size_t bytes);

// Why a peer's descriptor must not be mapped as `bytes` bytes, or an empty text. A file that could
// shrink would end whoever touches its end with SIGBUS.
std::string why_not_mappable(int fd, std::uint64_t bytes);

// Whether a peer's descriptor is an eventfd, which can be written without waiting.
bool is_eventfd(int fd);

// Adds 1 to an eventfd; one that is full is rung already.
void ring_eventfd(int fd);

}  // namespace vgpu::transport
