// The rare way of Writer: a record that outgrows the memory it began in.
#include "wire/writer.h"

#include <algorithm>

namespace vgpu::wire {

void Writer::grow(std::size_t bytes) {
    const std::size_t used = size();
    const std::size_t capacity = std::max<std::size_t>({2 * (used + bytes), 4096});
    if (overflowed_) {
        overflow_->resize(capacity);
    } else {
        if (overflow_->size() < capacity) overflow_->resize(capacity);
        if (used != 0) std::memcpy(overflow_->data(), begin_, used);
        overflowed_ = true;
    }
    begin_ = overflow_->data();
    cursor_ = begin_ + used;
    end_ = begin_ + overflow_->size();
}

}  // namespace vgpu::wire
