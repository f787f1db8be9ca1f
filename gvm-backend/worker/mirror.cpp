// Carries the bytes that one side changed.
#include "worker/mirror.h"

#include <cstring>

#include "base/check.h"
#include "base/copy_once.h"
#include "ring/layout.h"

namespace vgpu::worker {

namespace {

constexpr std::size_t kStep = ring::kPageBytes;

// Writes to `to` and `shadow` the bytes of `now` that `shadow` does not have. Bytes that did not
// change are not written at all: the other side may be writing them at this moment.
void carry_word(const std::uint8_t* now, std::uint8_t* shadow, std::uint8_t* to) {
    for (int i = 0; i < 8; ++i) {
        if (now[i] == shadow[i]) continue;
        to[i] = now[i];
        shadow[i] = now[i];
    }
}

bool all_bytes_set(std::uint64_t word) {
    return ((word - 0x0101'0101'0101'0101u) & ~word & 0x8080'8080'8080'8080u) == 0;
}

void carry_step(const std::uint8_t* now, std::uint8_t* shadow, std::uint8_t* to) {
    for (std::size_t at = 0; at < kStep; at += 8) {
        std::uint64_t a;
        std::uint64_t b;
        std::memcpy(&a, now + at, 8);
        std::memcpy(&b, shadow + at, 8);
        if (a == b) continue;
        if (!all_bytes_set(a ^ b)) {
            carry_word(now + at, shadow + at, to + at);
            continue;
        }
        std::memcpy(to + at, &a, 8);
        std::memcpy(shadow + at, &a, 8);
    }
}

}  // namespace

Mirror::Mirror(std::uint8_t* guest, std::uint8_t* driver, std::size_t bytes)
    : guest_(guest), driver_(driver), bytes_(bytes), shadow_(new std::uint8_t[bytes]) {
    VGPU_CHECK(bytes % kStep == 0);
    copy_once(shadow_.get(), guest_, bytes_);
    std::memcpy(driver_, shadow_.get(), bytes_);
}

bool Mirror::carry(const std::uint8_t* from, std::uint8_t* to) {
    alignas(64) std::uint8_t now[kStep];
    bool carried = false;
    for (std::size_t at = 0; at < bytes_; at += kStep) {
        std::uint8_t* const shadow = shadow_.get() + at;
        copy_once(now, from + at, kStep);
        if (std::memcmp(now, shadow, kStep) == 0) continue;
        carry_step(now, shadow, to + at);
        carried = true;
    }
    return carried;
}

}  // namespace vgpu::worker
