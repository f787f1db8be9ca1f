// A library to preload: counts the allocations and writes of each thread into the file that
// VGPU_COUNT_LIBRARY_CALLS names, allocations of the program itself apart from those of its
// libraries. It hardly slows down what it counts.
#include <errno.h>
#include <link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "counts.h"

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

using namespace vgpu::counting;

struct Range {
    std::uintptr_t begin = 0, end = 0;
};
// The program, and the C++ library, which allocates on its behalf.
Range own[2];
Counts* counts = nullptr;
thread_local Thread* line __attribute__((tls_model("initial-exec"))) = nullptr;

int note_range(dl_phdr_info* info, std::size_t, void*) {
    const bool program = info->dlpi_name[0] == '\0' && own[0].end == 0;
    const bool library = std::strstr(info->dlpi_name, "libstdc++") != nullptr;
    if (!program && !library) return 0;
    Range& range = own[program ? 0 : 1];
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& part = info->dlpi_phdr[i];
        if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
        range.begin = info->dlpi_addr + part.p_vaddr;
        range.end = range.begin + part.p_memsz;
    }
    return 0;
}

__attribute__((constructor)) void begin_counting() {
    ::dl_iterate_phdr(note_range, nullptr);
    if (const char* const path = std::getenv("VGPU_COUNT_LIBRARY_CALLS")) counts = map_counts(path);
}

bool is_own(const void* caller) {
    const auto address = reinterpret_cast<std::uintptr_t>(caller);
    for (const Range& range : own)
        if (address >= range.begin && address < range.end) return true;
    return false;
}

void count_kind(std::size_t kind) {
    if (counts == nullptr) return;
    if (line == nullptr) line = &counts->of_thread(static_cast<int>(::syscall(SYS_gettid)));
    line->of[kind]++;
}

void count(const void* caller) {
    count_kind(is_own(caller) ? kOwnAllocations : kOthersAllocations);
}

void* made_for_new(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

#define CALLER __builtin_return_address(0)
#define EXPORTED __attribute__((visibility("default")))

extern "C" {
EXPORTED void* malloc(std::size_t bytes) {
    return count(CALLER), __libc_malloc(bytes);
}
EXPORTED void* calloc(std::size_t number, std::size_t bytes) {
    return count(CALLER), __libc_calloc(number, bytes);
}
EXPORTED void* realloc(void* memory, std::size_t bytes) {
    return count(CALLER), __libc_realloc(memory, bytes);
}
EXPORTED void* memalign(std::size_t alignment, std::size_t bytes) {
    return count(CALLER), __libc_memalign(alignment, bytes);
}
EXPORTED void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
    return count(CALLER), __libc_memalign(alignment, bytes);
}
EXPORTED int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
    count(CALLER);
    *memory = __libc_memalign(alignment, bytes);
    return *memory == nullptr ? ENOMEM : 0;
}
EXPORTED ssize_t write(int file, const void* bytes, std::size_t number) {
    count_kind(kWrites);
    return ::syscall(SYS_write, file, bytes, number);
}
}

EXPORTED void* operator new(std::size_t bytes) {
    return count(CALLER), made_for_new(__libc_malloc(bytes));
}
EXPORTED void* operator new[](std::size_t bytes) {
    return count(CALLER), made_for_new(__libc_malloc(bytes));
}
EXPORTED void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return count(CALLER), made_for_new(__libc_memalign(static_cast<std::size_t>(alignment), bytes));
}
EXPORTED void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return count(CALLER), __libc_malloc(bytes);
}
EXPORTED void operator delete(void* memory) noexcept {
    std::free(memory);
}
EXPORTED void operator delete[](void* memory) noexcept {
    std::free(memory);
}
EXPORTED void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
EXPORTED void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
EXPORTED void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
EXPORTED void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
