// When a destroyed object may really go.
#include "replay/graveyard.h"

namespace vgpu::replay {

bool Graveyard::must_wait(std::span<worker::CompletionQueue* const> queues) {
    const auto complete = [&](const std::vector<std::uint64_t>& submitted) {
        for (std::size_t i = 0; i < submitted.size(); ++i)
            if (queues[i]->completed_count() < submitted[i]) return false;
        return true;
    };
    while (!graves_.empty() && complete(graves_.front().submitted)) {
        bury(graves_.front());
        graves_.pop_front();
    }
    submitted_.clear();
    for (const worker::CompletionQueue* queue : queues)
        submitted_.push_back(queue->submitted_count());
    return !graves_.empty() || !complete(submitted_);
}

void Graveyard::add(std::function<void()> end, std::unique_ptr<wire::SlotState> state) {
    graves_.push_back({std::move(end), std::move(state), submitted_});
}

void Graveyard::bury_all() {
    for (Grave& grave : graves_) bury(grave);
    graves_.clear();
}

void Graveyard::bury(Grave& grave) {
    grave.end();
    // After the driver let go of the object: its pages may go too.
    grave.state.reset();
}

}  // namespace vgpu::replay
