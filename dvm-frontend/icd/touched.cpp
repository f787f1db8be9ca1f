// Notes what a command buffer changes; the common patterns of queries stay one note.
#include "icd/touched.h"

#include "icd/event.h"
#include "icd/query_pool.h"

namespace vgpu::icd {

void Touched::queries(QueryPool& pool, std::uint32_t first, std::uint32_t count) {
    if (count == 0) return;
    if (!queries_.empty() && queries_.back().pool == &pool) {
        Queries& last = queries_.back();
        // A reset of a range, then queries within it; or one query after the other.
        if (first >= last.first && first - last.first <= last.count) {
            const std::uint32_t reach = first - last.first + count;
            if (reach >= count) {
                if (reach > last.count) last.count = reach;
                return;
            }
        }
    }
    queries_.push_back({&pool, first, count});
}

void Touched::event(Event& event) {
    if (events_.empty() || events_.back() != &event) events_.push_back(&event);
}

void Touched::add(const Touched& other) {
    for (const Queries& queries : other.queries_)
        this->queries(*queries.pool, queries.first, queries.count);
    for (Event* event : other.events_) this->event(*event);
    waits_for_events_ |= other.waits_for_events_;
}

void Touched::clear() {
    queries_.clear();
    events_.clear();
    waits_for_events_ = false;
}

void Touched::submitted(Context& context, Point point, bool batch_waits) const {
    for (const Queries& queries : queries_) {
        queries.pool->submitted(queries.first, queries.count, point);
        if (batch_waits) queries.pool->stalls_before(context, point);
    }
    for (Event* event : events_) event->submitted(context, point);
}

}  // namespace vgpu::icd
