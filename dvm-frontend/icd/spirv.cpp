// Walks a module's instructions by their lengths.
#include "icd/spirv.h"

namespace vgpu::icd {

bool looks_like_spirv(const std::uint32_t* code, std::size_t bytes) {
    constexpr std::size_t kHeaderWords = 5;
    constexpr std::uint32_t kMagic = 0x07230203;
    // The version's bytes: 0, major, minor, 0.
    constexpr std::uint32_t kFirstVersion = 0x00010000;
    constexpr std::uint32_t kVersionMask = 0xffff00ff;
    if (!code || bytes % 4 != 0) return false;
    const std::size_t words = bytes / 4;
    if (words < kHeaderWords || code[0] != kMagic) return false;
    if ((code[1] & kVersionMask) != kFirstVersion) return false;
    std::size_t at = kHeaderWords;
    while (at < words) {
        const std::size_t length = code[at] >> 16;
        if (length == 0 || length > words - at) return false;
        at += length;
    }
    return true;
}

}  // namespace vgpu::icd
