// Fresh indices, and lists of used ones between channels.
#include "icd/id_pool.h"

#include <algorithm>
#include <utility>

namespace vgpu::icd {

namespace {

wire::ObjectId next_use(wire::ObjectId id) {
    const std::uint32_t generation = wire::generation_of(id) + 1;
    return wire::make_id(wire::index_of(id), generation == 0 ? 1 : generation);
}

}  // namespace

wire::ObjectId IdPool::take(IdList& list) {
    if (!list.free.empty()) {
        const wire::ObjectId id = list.free.back();
        list.free.pop_back();
        return id;
    }
    if (list.fresh_next == list.fresh_end) return 0;
    return wire::make_id(list.fresh_next++, 1);
}

bool IdPool::refill(IdList& list, std::optional<Await>& await) {
    const std::lock_guard lock(mutex_);
    if (next_fresh_ < objects_max_) {
        list.fresh_next = next_fresh_;
        next_fresh_ += std::min(kFreshBatch, objects_max_ - next_fresh_);
        list.fresh_end = next_fresh_;
        return true;
    }
    if (spilled_.empty()) return false;
    list.free = std::move(spilled_.back().ids);
    await = spilled_.back().after;
    spilled_.pop_back();
    return true;
}

void IdPool::give(IdList& list, wire::ObjectId id, transport::ChannelId channel,
                  std::uint64_t written) {
    list.free.push_back(next_use(id));
    if (list.free.size() <= kSpillAbove) return;
    const auto half = list.free.begin() + kSpillAbove / 2;
    Spilled spilled{{channel, written}, {list.free.begin(), half}};
    {
        const std::lock_guard lock(mutex_);
        spilled_.push_back(std::move(spilled));
    }
    list.free.erase(list.free.begin(), half);
}

}  // namespace vgpu::icd
