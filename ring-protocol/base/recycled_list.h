// A queue that keeps what it once allocated, for paths on which nothing is allocated.
#pragma once

#include <cstddef>
#include <list>
#include <utility>

namespace vgpu {

// First in, first out. An element stays where it is until it is popped. The places of popped
// elements are used again, so that only a queue that becomes longer than it ever was allocates.
template <typename T>
class RecycledList {
  public:
    void push_back(T&& value) {
        if (spare_.empty()) spare_.emplace_back();
        spare_.front() = std::move(value);
        used_.splice(used_.end(), spare_, spare_.begin());
    }
    // What the element holds is let go at once.
    void pop_front() {
        used_.front() = T{};
        spare_.splice(spare_.begin(), used_, used_.begin());
    }
    T& front() { return used_.front(); }
    bool empty() const { return used_.empty(); }
    std::size_t size() const { return used_.size(); }
    auto begin() { return used_.begin(); }
    auto end() { return used_.end(); }

  private:
    std::list<T> used_, spare_;
};

}  // namespace vgpu
