// A few status writes without an allocation: most submits tell of a queue's serial alone.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

#include "worker/replay_port.h"

namespace vgpu::worker {

class StatusWrites {
  public:
    StatusWrites() = default;
    StatusWrites(std::initializer_list<StatusWrite> writes) {
        for (const StatusWrite& write : writes) push_back(write);
    }
    void push_back(const StatusWrite& write) {
        if (many_.empty() && count_ < few_.size()) {
            few_[count_++] = write;
            return;
        }
        if (many_.empty()) many_.assign(few_.begin(), few_.end());
        many_.push_back(write);
    }
    operator std::span<const StatusWrite>() const {
        return many_.empty() ? std::span<const StatusWrite>(few_.data(), count_) : many_;
    }

  private:
    std::array<StatusWrite, 4> few_{};
    std::size_t count_ = 0;
    std::vector<StatusWrite> many_;  // all of them, once they are more
};

}  // namespace vgpu::worker
