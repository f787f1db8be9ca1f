// What guest and host say to each other outside the rings, the same on every transport.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vgpu::transport {

inline constexpr std::uint32_t kProtocolMagic = 0x7667'7075;  // "vgpu"
inline constexpr std::uint32_t kProtocolVersion = 1;

struct ExtensionEntry {
    std::string name;
    std::uint32_t spec_version = 0;
};

// First words of a guest.
struct Hello {
    std::uint32_t protocol_version = kProtocolVersion;
    // Layout hash of each command by its wire number (index); 0 where the guest knows none.
    std::vector<std::uint32_t> command_hashes;
    std::string application;    // the process's name, for the administrator's log only
    bool wants_context = true;  // false: only asks what the host offers
};

enum class Refusal : std::uint32_t {
    None = 0,
    VersionMismatch = 1,
    TooManyContexts = 2,
    NoDevice = 3,
    Internal = 4,
};

// The host's answer. With `refusal`, `text` says what, where and what to do.
struct Welcome {
    Refusal refusal = Refusal::None;
    std::string text;
    std::string service_version;
    std::uint32_t instance_version = 0;               // vkEnumerateInstanceVersion on the host
    std::vector<ExtensionEntry> instance_extensions;  // what the host's loader and driver offer
    std::vector<std::uint32_t> command_hashes;
    std::uint64_t memory_limit_bytes = 0;  // host-visible plus device-local memory of this context
    std::uint32_t objects_max = 0;         // live objects; ids' indices stay below it
    std::uint32_t channels_max = 0;        // command channels, at most ring::kMaxChannels
};

using RegionId = std::uint32_t;   // chosen by the guest, never 0, not reused within a context
using ChannelId = std::uint32_t;  // index of a command channel, below channels_max

}  // namespace vgpu::transport
