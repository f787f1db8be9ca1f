// A record's octets behind its header, as every command's host half gets them.
#pragma once

#include <cstdint>
#include <span>

namespace vgpu::replay {

// Private memory at a multiple of 8, with the guest's unchecked words in it; stays until the
// command has run.
using Payload = std::span<const std::uint8_t>;

}  // namespace vgpu::replay
