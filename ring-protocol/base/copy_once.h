// Copies bytes out of memory that a peer domain can change at any moment, reading each once.
#pragma once

#include <cstddef>
#include <cstring>

namespace vgpu {

// Afterwards only the private copy is looked at. The barrier keeps the compiler from forwarding a
// second read of `shared` in place of the copy, which gcc -O2 has been seen to do to a plain
// assignment, a plain memcpy and a volatile cast of the pointer (compare XSA-155).
inline void copy_once(void* private_copy, const void* shared, std::size_t bytes) {
    std::memcpy(private_copy, shared, bytes);
    asm volatile("" ::: "memory");
}

}  // namespace vgpu
