// Which queries and events a command buffer changes when it runs, so that their state is known
// in the guest.
#pragma once

#include <cstdint>
#include <vector>

#include "icd/point.h"

namespace vgpu::icd {

struct Event;
struct QueryPool;

// Owned by a command buffer, filled while it is recorded, applied at each submit. Pointers are
// followed at submits only, when Vulkan demands that what they point at lives.
class Touched {
  public:
    // These may throw std::bad_alloc.
    void queries(QueryPool& pool, std::uint32_t first, std::uint32_t count);
    void event(Event& event);
    void wait_for_events() { waits_for_events_ = true; }
    void add(const Touched& other);

    void clear();
    bool empty() const { return queries_.empty() && events_.empty(); }
    bool waits_for_events() const { return waits_for_events_; }
    // The queries and events are pending until `point` is reached. The batch may wait for events.
    void submitted(Context& context, Point point, bool batch_waits) const;

  private:
    struct Queries {
        QueryPool* pool;
        std::uint32_t first;
        std::uint32_t count;
    };
    std::vector<Queries> queries_;
    std::vector<Event*> events_;
    bool waits_for_events_ = false;
};

}  // namespace vgpu::icd
