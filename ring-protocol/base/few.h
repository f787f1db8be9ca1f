// A row that allocates only when it becomes longer than rows of its kind mostly are.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

namespace vgpu {

template <typename T, std::size_t kFew>
class Few {
  public:
    Few() = default;
    Few(std::initializer_list<T> items) {
        for (const T& item : items) push_back(item);
    }
    void push_back(const T& item) {
        if (many_.empty() && count_ < kFew) {
            few_[count_++] = item;
            return;
        }
        if (many_.empty()) many_.assign(few_.begin(), few_.end());
        many_.push_back(item);
    }
    std::size_t size() const { return many_.empty() ? count_ : many_.size(); }
    const T* data() const { return many_.empty() ? few_.data() : many_.data(); }
    operator std::span<const T>() const { return {data(), size()}; }

  private:
    std::array<T, kFew> few_{};
    std::size_t count_ = 0;
    std::vector<T> many_;  // all of them, once they are more
};

}  // namespace vgpu
