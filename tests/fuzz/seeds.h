// Records to begin with: samples of every command, and damaged ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vgpu::fuzz {

struct Seed {
    std::string name;  // of a file
    std::vector<std::uint8_t> input;
};

// A request of every command, and a reply of every command that has one.
std::vector<Seed> make_seeds(std::uint64_t variant = 0);

// The input with a few octets changed, left out or put in; the same for the same number.
std::vector<std::uint8_t> damaged(const std::vector<std::uint8_t>& input, std::uint64_t number);

}  // namespace vgpu::fuzz
