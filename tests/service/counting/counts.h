// Counts of one process, a line for each of its threads, in a file that others map.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace vgpu::counting {

// The kinds of a file of system calls are their numbers; those of a file of C library calls these.
constexpr std::size_t kKinds = 512;
constexpr std::size_t kOwnAllocations = 0;
constexpr std::size_t kOthersAllocations = 1;
constexpr std::size_t kWrites = 2;  // a doorbell is a write

struct Thread {
    std::atomic<int> id;  // 0: nobody's yet
    std::atomic<std::uint64_t> of[kKinds];
};

struct Counts {
    static constexpr std::size_t kThreads = 64;
    Thread threads[kThreads];

    // The line of a thread, which becomes its own the first time. The last one is for all that
    // come too late.
    Thread& of_thread(int id) {
        for (Thread& thread : threads) {
            int nobody = 0;
            const int owner = thread.id.load(std::memory_order_relaxed);
            if (owner == id) return thread;
            if (owner == 0 && thread.id.compare_exchange_strong(nobody, id)) return thread;
            if (nobody == id) return thread;
        }
        return threads[kThreads - 1];
    }
    std::uint64_t sum(std::size_t kind) const {
        std::uint64_t sum = 0;
        for (const Thread& thread : threads) sum += thread.of[kind].load(std::memory_order_relaxed);
        return sum;
    }
};

// Null where the file cannot be mapped. It is never unmapped: counting ends with the process.
inline Counts* map_counts(const char* path) {
    const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return nullptr;
    void* const memory =
        ::ftruncate(file, sizeof(Counts)) == 0
            ? ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
            : MAP_FAILED;
    ::close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<Counts*>(memory);
}

}  // namespace vgpu::counting
