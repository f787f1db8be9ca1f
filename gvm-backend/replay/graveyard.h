// Keeps destroyed objects alive in the driver while submissions that may use them are pending.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "wire/handle_table.h"
#include "worker/completion.h"

namespace vgpu::replay {

// One per device. Used by ordered commands only, which run one at a time. Objects leave in the
// order in which they came, so a child goes before its parent.
class Graveyard {
  public:
    // Buries what can be, then says whether an object destroyed now has to wait; if so, add() is
    // to follow.
    bool must_wait(std::span<worker::CompletionQueue* const> queues);
    void add(std::function<void()> end, std::unique_ptr<wire::SlotState> state);
    // Objects that wait still, as of the last must_wait().
    std::size_t size() const { return graves_.size(); }
    // When nothing is pending any more.
    void bury_all();

  private:
    struct Grave {
        std::function<void()> end;
        std::unique_ptr<wire::SlotState> state;
        std::vector<std::uint64_t> submitted;  // of each queue, when the object was destroyed
    };
    static void bury(Grave& grave);

    std::deque<Grave> graves_;
    std::vector<std::uint64_t> submitted_;  // as of the last must_wait()
};

}  // namespace vgpu::replay
