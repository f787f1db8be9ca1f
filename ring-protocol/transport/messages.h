// What guest and host say to each other outside the rings, the same on every transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vgpu::transport {

inline constexpr std::uint32_t kProtocolMagic = 0x7667'7075;  // "vgpu"
inline constexpr std::uint32_t kProtocolVersion = 2;

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
    // What may stand in which pNext chain, with its layout (wire/description.h, kLinkHashes).
    std::vector<std::uint32_t> link_hashes;
    std::uint64_t memory_limit_bytes = 0;  // host-visible plus device-local memory of this context
    std::uint32_t objects_max = 0;         // live objects; ids' indices stay below it
    std::uint32_t channels_max = 0;        // command channels, at most ring::kMaxChannels
    // Of a broker (transport/xen/), which sends the context's memory and bell with it: the port by
    // which the host rings. 0 where the guest made both itself.
    std::uint32_t doorbell_port = 0;
};

using RegionId = std::uint32_t;   // chosen by the guest, never 0, not reused within a context
using ChannelId = std::uint32_t;  // index of a command channel, below channels_max

// Both fit into one message of any transport; encode() of one that would not gives nothing.
inline constexpr std::size_t kMaxMessageBytes = 64 << 10;
inline constexpr std::uint32_t kMaxCommandHashes = 8192;
inline constexpr std::uint32_t kMaxLinkHashes = 4096;
inline constexpr std::uint32_t kMaxExtensions = 512;
inline constexpr std::uint32_t kMaxNameBytes = 255;
inline constexpr std::uint32_t kMaxTextBytes = 2000;

// A Welcome that refuses; longer texts are cut.
Welcome refuse(Refusal refusal, std::string text);

// Little-endian; names and texts are cut to their limits.
std::optional<std::vector<std::uint8_t>> encode(const Hello& hello);
std::optional<std::vector<std::uint8_t>> encode(const Welcome& welcome);

// From the peer's bytes, which lie in private memory. Nothing when they make no sense. Every
// version of the protocol begins alike: of another version's Hello only protocol_version is
// filled in, of its Welcome only refusal and text (and the refusal is never None). Control
// characters in strings come out as '?', so that they can be logged.
std::optional<Hello> decode_hello(std::span<const std::uint8_t> bytes);
std::optional<Welcome> decode_welcome(std::span<const std::uint8_t> bytes);

}  // namespace vgpu::transport
