// The queues of a context, walked.
#include "worker/completion_watch.h"

#include "worker/completion.h"

namespace vgpu::worker {

void CompletionWatch::add(CompletionQueue& queue) {
    std::lock_guard lock(mutex_);
    queues_.push_back(&queue);
}

void CompletionWatch::remove(CompletionQueue& queue) {
    std::lock_guard lock(mutex_);
    std::erase(queues_, &queue);
}

void CompletionWatch::look_at_all() {
    // Who looks already does it for all.
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return;
    for (CompletionQueue* queue : queues_) queue->look();
}

void CompletionWatch::hand_over_all() {
    std::lock_guard lock(mutex_);
    for (CompletionQueue* queue : queues_) queue->hand_over();
}

}  // namespace vgpu::worker
