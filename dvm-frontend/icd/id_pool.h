// Chooses the ids of new objects, so that an index is used again only after its object is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "transport/messages.h"
#include "wire/ids.h"

namespace vgpu::icd {

// Ids that the records of one channel may use: what was freed on that channel, and fresh ones.
// Owned by the channel; used under the channel's ownership.
struct IdList {
    // The next use of each index: its generation is already the new one.
    std::vector<wire::ObjectId> free;
    std::uint32_t fresh_next = 0;
    std::uint32_t fresh_end = 0;
};

// The context's indices that belong to no channel. Any thread.
class IdPool {
  public:
    // What a channel must await before it uses ids that another channel freed.
    struct Await {
        transport::ChannelId channel = 0;
        std::uint64_t position = 0;
    };
    static constexpr std::size_t kSpillAbove = 4096;
    static constexpr std::uint32_t kFreshBatch = 64;

    explicit IdPool(std::uint32_t objects_max) : objects_max_(objects_max) {}

    // An id out of `list`, or 0 when it needs a refill.
    static wire::ObjectId take(IdList& list);
    // Gives `list` fresh indices, or ids that another channel freed: then `await` says what the
    // channel must await first. False when all indices are used.
    bool refill(IdList& list, std::optional<Await>& await);
    // Takes the id's index back; the destroy of its object is among the first `written` bytes of
    // `channel`. Spills half of a long list to the other channels.
    void give(IdList& list, wire::ObjectId id, transport::ChannelId channel, std::uint64_t written);

  private:
    struct Spilled {
        Await after;
        std::vector<wire::ObjectId> ids;
    };
    const std::uint32_t objects_max_;
    std::mutex mutex_;
    std::uint32_t next_fresh_ = 0;
    std::vector<Spilled> spilled_;
};

}  // namespace vgpu::icd
