// Writes what a program renders as a picture that a person can look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vgpu::programs {

// rgba: width * height * 4 octets, top row first, eight bits a channel.
// Throws std::runtime_error where the file cannot be written.
void write_png(const std::string& path, std::uint32_t width, std::uint32_t height,
               std::span<const std::byte> rgba);

}  // namespace vgpu::programs
