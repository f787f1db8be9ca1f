// A check of our own invariants that stays on in release builds.
#pragma once

namespace vgpu {

// Prints the failed condition and ends the process: only for bugs of ours in the backend and in
// tests. The frontend never uses it, because an application is never aborted.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace vgpu

#define VGPU_CHECK(condition) \
    ((condition) ? void() : ::vgpu::check_failed(#condition, __FILE__, __LINE__))
