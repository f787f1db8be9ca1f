// Blocks of an arena.
#include "wire/arena.h"

#include <algorithm>
#include <cstring>

// A sanitizer cannot see the borders inside a block: it is told of them.
#if defined(__SANITIZE_ADDRESS__)
#define VGPU_ARENA_REDZONES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VGPU_ARENA_REDZONES 1
#endif
#endif
#ifdef VGPU_ARENA_REDZONES
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) (void(address), void(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) (void(address), void(bytes))
#endif

namespace vgpu::wire {

namespace {
constexpr std::size_t kFirstBlockBytes = 64 << 10;
#ifdef VGPU_ARENA_REDZONES
constexpr std::size_t kRedzone = 16;
#else
constexpr std::size_t kRedzone = 0;
#endif
}  // namespace

void* Arena::allocate(std::size_t bytes) {
    if (bytes > limit_) return nullptr;
    // Nothing takes something too: reset() sees by it that there is something to free.
    const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + 15) & ~std::size_t{15};
    if (rounded > limit_ - used_) return nullptr;
    if (rounded + kRedzone > left_ || !cursor_) add_block(rounded + kRedzone);
    std::uint8_t* at = cursor_;
    cursor_ += rounded + kRedzone;
    left_ -= rounded + kRedzone;
    used_ += rounded;
    ASAN_UNPOISON_MEMORY_REGION(at, bytes);
    std::memset(at, 0, bytes);
    return at;
}

void Arena::free_all() {
    if (blocks_.size() > 1) blocks_.resize(1);
    used_ = 0;
    cursor_ = blocks_.front().memory.get();
    left_ = blocks_.front().size;
    ASAN_POISON_MEMORY_REGION(cursor_, left_);
}

void Arena::add_block(std::size_t bytes) {
    const std::size_t size =
        std::max(bytes, kFirstBlockBytes << std::min<std::size_t>(blocks_.size(), 8));
    blocks_.push_back({std::unique_ptr<std::uint8_t[]>(new std::uint8_t[size]), size});
    cursor_ = blocks_.back().memory.get();
    left_ = size;
    ASAN_POISON_MEMORY_REGION(cursor_, left_);
}

}  // namespace vgpu::wire
