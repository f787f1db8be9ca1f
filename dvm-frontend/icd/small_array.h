// An array for the time of one call, on the stack while it is small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

namespace vgpu::icd {

// Lives on the stack of the application's thread. Never throws.
template <typename T, std::size_t kInline>
class SmallArray {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  public:
    SmallArray() = default;
    SmallArray(const SmallArray&) = delete;
    SmallArray& operator=(const SmallArray&) = delete;

    // Makes room for `count` elements, whose values are not defined. False when there is no
    // memory. To be called once.
    bool resize(std::size_t count) {
        size_ = count;
        if (count <= kInline) return true;
        if (count > PTRDIFF_MAX / sizeof(T)) return false;
        heap_.reset(new (std::nothrow) Slot[count]);
        data_ = heap_ ? reinterpret_cast<T*>(heap_.get()) : nullptr;
        return data_ != nullptr;
    }
    T* data() { return data_; }
    std::size_t size() const { return size_; }
    T& operator[](std::size_t index) { return data_[index]; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }

  private:
    struct alignas(T) Slot {
        std::byte bytes[sizeof(T)];
    };
    Slot inline_[kInline];
    std::unique_ptr<Slot[]> heap_;
    T* data_ = reinterpret_cast<T*>(inline_);
    std::size_t size_ = 0;
};

}  // namespace vgpu::icd
