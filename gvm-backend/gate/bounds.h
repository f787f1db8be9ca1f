// What a guest's shader may have of everything, whatever its validation says.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vgpu::gate {

// Each bound is far above what real shaders have and far below what a compiler of a Vulkan driver
// has been seen to choke on. Those of SPIR-V itself are its "Universal Limits".
inline constexpr std::size_t kMaxModuleBytes = 16u << 20;
inline constexpr std::uint32_t kMaxIdBound = 0x3fffff;  // SPIR-V's own
inline constexpr std::uint32_t kMaxTypes = 65536;
inline constexpr std::uint32_t kMaxConstants = 1u << 19;
inline constexpr std::uint32_t kMaxGlobals = 65535;  // SPIR-V's own
inline constexpr std::uint32_t kMaxFunctions = 32768;
inline constexpr std::uint32_t kMaxBlocks = 1u << 18;
inline constexpr std::uint32_t kMaxMembers = 16383;  // of a structure; SPIR-V's own
inline constexpr std::uint32_t kMaxEntryPoints = 1024;
inline constexpr std::uint32_t kMaxTypeDepth = 64;          // drivers walk types by recursion
inline constexpr std::uint32_t kMaxCallDepth = 256;         // and functions
inline constexpr std::uint32_t kMaxControlDepth = 256;      // and control flow
inline constexpr std::uint32_t kMaxSwitchBranches = 16383;  // SPIR-V's own

// Drivers take values of composite types apart, inline every function, and so make this many
// scalars of an entry point's instructions.
inline constexpr std::uint64_t kMaxScalars = 4u << 20;
// Scalars in all constants of a module, each counted for itself.
inline constexpr std::uint64_t kMaxConstantScalars = 1u << 20;
// A buffer's type; a buffer has 4 GiB at most.
inline constexpr std::uint64_t kMaxTypeBytes = 0xffffffff;
// Variables of one invocation, of all functions together.
inline constexpr std::uint64_t kMaxPrivateBytes = 256u << 10;
// Descriptors of one variable, where its layout does not say.
inline constexpr std::uint64_t kMaxDescriptors = 1u << 20;

}  // namespace vgpu::gate
