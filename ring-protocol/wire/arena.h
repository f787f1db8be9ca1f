// Private memory for one decoded record: grows by pointer, is emptied in one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vgpu::wire {

// Owned by one thread. Bounded: a record that would decode to more than `limit` bytes is refused.
class Arena {
  public:
    explicit Arena(std::size_t limit = 64u << 20) : limit_(limit) {}

    // `bytes` zeroed bytes at a multiple of 16, or null over the limit. Valid until reset().
    void* allocate(std::size_t bytes);
    template <typename T>
    T* allocate_array(std::size_t count) {
        if (count > limit_ / sizeof(T)) return nullptr;
        return static_cast<T*>(allocate(count * sizeof(T)));
    }
    // Frees everything; keeps the first block for the next record.
    void reset() {
        if (used_ != 0) [[unlikely]]
            free_all();
    }

  private:
    struct Block {
        std::unique_ptr<std::uint8_t[]> memory;
        std::size_t size;
    };
    void free_all();
    void add_block(std::size_t bytes);

    std::vector<Block> blocks_;
    std::uint8_t* cursor_ = nullptr;
    std::size_t left_ = 0;
    std::size_t used_ = 0;
    std::size_t limit_;
};

}  // namespace vgpu::wire
