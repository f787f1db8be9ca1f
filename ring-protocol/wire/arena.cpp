// Blocks of an arena.
#include "wire/arena.h"

#include <algorithm>
#include <cstring>

namespace vgpu::wire {

namespace {
constexpr std::size_t kFirstBlockBytes = 64 << 10;
}

void* Arena::allocate(std::size_t bytes) {
    if (bytes > limit_) return nullptr;
    const std::size_t rounded = (bytes + 15) & ~std::size_t{15};
    if (rounded > limit_ - used_) return nullptr;
    if (rounded > left_) add_block(rounded);
    std::uint8_t* at = cursor_;
    cursor_ += rounded;
    left_ -= rounded;
    used_ += rounded;
    std::memset(at, 0, rounded);
    return at;
}

void Arena::reset() {
    if (blocks_.size() > 1) blocks_.resize(1);
    used_ = 0;
    if (blocks_.empty()) return;
    cursor_ = blocks_.front().memory.get();
    left_ = blocks_.front().size;
}

void Arena::add_block(std::size_t bytes) {
    const std::size_t size =
        std::max(bytes, kFirstBlockBytes << std::min<std::size_t>(blocks_.size(), 8));
    blocks_.push_back({std::unique_ptr<std::uint8_t[]>(new std::uint8_t[size]), size});
    cursor_ = blocks_.back().memory.get();
    left_ = size;
}

}  // namespace vgpu::wire
