// How many grants and mappings a device costs, in the units of Xen's limits.
#pragma once

#include <cstdint>

#include "ring/layout.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gvmctl {

// Xen keeps 16 octets for each mapping (struct grant_mapping of xen/common/grant_table.c).
inline constexpr std::uint64_t kMappingsPerFrame = ring::kPageBytes / 16;

// Xen's default for a domain: 128 MiB, which one program with a few textures fills.
inline constexpr std::uint32_t kFewGrantFrames = 64;

constexpr std::uint64_t mib_of_grant_frames(std::uint64_t frames) {
    return frames * transport::xen::kGrantsPerFrame * ring::kPageBytes >> 20;
}

// Frames with references for this many octets of shared pages.
constexpr std::uint64_t grant_frames_for(std::uint64_t bytes) {
    const std::uint64_t pages = (bytes + ring::kPageBytes - 1) / ring::kPageBytes;
    return (pages + transport::xen::kGrantsPerFrame - 1) / transport::xen::kGrantsPerFrame;
}

// Maptrack frames of a GVM that maps all that `grant_frames` can share. A PV guest's gntdev maps
// each page twice: for the program and for the kernel.
constexpr std::uint32_t maptrack_frames_for(std::uint64_t grant_frames, bool paravirtual) {
    const std::uint64_t mappings =
        grant_frames * transport::xen::kGrantsPerFrame * (paravirtual ? 2 : 1);
    return static_cast<std::uint32_t>((mappings + kMappingsPerFrame - 1) / kMappingsPerFrame);
}

// What a context shares before its program has any memory that the guest can see.
constexpr std::uint64_t context_bytes(std::uint32_t channels) {
    return ring::whole_pages(ring::kControlRegionBytes) +
           channels * ring::whole_pages(ring::kChannelBytes);
}

}  // namespace vgpu::gvmctl
