// Keeps a fork's child from speaking for its parent: what both would share is taken from the child.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vgpu::transport {

// Something that only the process that made it may use. Owned by whoever owns that thing, and
// ended before it; any thread.
class ForkGuard {
  public:
    // Called in the child of a fork, before fork() returns: it may do system calls and store to
    // atomics, and nothing else.
    using Leave = void (*)(void* object, std::size_t number);

    explicit ForkGuard(Leave leave, void* object, std::size_t number = 0);
    ~ForkGuard();
    ForkGuard(const ForkGuard&) = delete;
    ForkGuard& operator=(const ForkGuard&) = delete;

    // Shared memory: in the child private zeros lie in its place.
    static ForkGuard memory(std::uint8_t* data, std::size_t size);
    // In the child the number names a socket whose peer is gone. So it can be used and closed as
    // before, and what the parent's end frees is not kept by its children.
    static ForkGuard descriptor(int fd);
    // An eventfd: in the child it is one that nobody hears.
    static ForkGuard doorbell(int fd);

  private:
    friend struct ForkGuards;

    const Leave leave_;
    void* const object_;
    const std::size_t number_;
    ForkGuard* next_ = nullptr;
    ForkGuard* previous_ = nullptr;
};

}  // namespace vgpu::transport
