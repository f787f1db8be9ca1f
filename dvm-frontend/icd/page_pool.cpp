// First fit in each region, with holes that grow together again.
#include "icd/page_pool.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "icd/context.h"
#include "ring/layout.h"

namespace vgpu::icd {

namespace {

template <typename T>
typename std::vector<T>::iterator reserve(std::vector<T>& vector,
                                          typename std::vector<T>::iterator at, std::size_t count) {
    const auto index = at - vector.begin();
    vector.reserve(count);
    return vector.begin() + index;
}

}  // namespace

PageRange::PageRange(PageRange&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      shared_(std::exchange(other.shared_, nullptr)),
      offset_(other.offset_),
      bytes_(other.bytes_) {}

PageRange& PageRange::operator=(PageRange&& other) noexcept {
    if (this == &other) return *this;
    reset();
    pool_ = std::exchange(other.pool_, nullptr);
    shared_ = std::exchange(other.shared_, nullptr);
    offset_ = other.offset_;
    bytes_ = other.bytes_;
    return *this;
}

void PageRange::reset() {
    if (shared_ == nullptr) return;
    pool_->give(*std::exchange(shared_, nullptr), offset_, bytes_);
}

PagePool::PagePool(Context& context)
    : PagePool(context.transport(), context.welcome().memory_limit_bytes) {
    context_ = &context;
}

std::uint64_t PagePool::shared_bytes() const {
    const std::lock_guard lock(mutex_);
    return shared_bytes_;
}

PageRange PagePool::take(std::size_t bytes) {
    if (bytes == 0 || bytes > limit_) return {};
    bytes = ring::whole_pages(bytes);
    try {
        {
            const std::lock_guard lock(mutex_);
            if (bytes < kOwnRegionBytes) {
                if (PageRange range = cut(bytes)) return range;
            }
            if (grow(bytes)) return cut(bytes);
        }
        // What lies idle may stand in the limit's way. Unsharing asks the worker: without the lock.
        Regions idle;
        {
            const std::lock_guard lock(mutex_);
            idle = drop_empty(0);
        }
        if (idle.empty()) return {};
        discard(idle);
        const std::lock_guard lock(mutex_);
        if (grow(bytes)) return cut(bytes);
    } catch (const std::bad_alloc&) {
    }
    return {};
}

PageRange PagePool::take_whole(Region& region) {
    region.holes.reserve(2);  // for fill(), which must not fail
    region.holes.clear();
    ++region.ranges;
    return PageRange(*this, *region.shared, 0, region.shared->size());
}

PageRange PagePool::take_alone(std::size_t bytes) {
    if (bytes == 0 || bytes > limit_) return {};
    bytes = ring::whole_pages(bytes);
    try {
        const auto make = [&]() -> PageRange {
            const std::lock_guard lock(mutex_);
            if (bytes > limit_ - shared_bytes_ || !share(bytes, true)) return {};
            return take_whole(regions_.front());
        };
        if (PageRange range = make()) return range;
        Regions idle;
        {
            const std::lock_guard lock(mutex_);
            idle = drop_empty(0);
        }
        if (idle.empty()) return {};
        discard(idle);
        return make();
    } catch (const std::bad_alloc&) {
    }
    return {};
}

PageRange PagePool::adopt(std::unique_ptr<transport::SharedRegion> region) {
    const std::size_t bytes = region->size();
    try {
        const std::lock_guard lock(mutex_);
        if (bytes > limit_ - shared_bytes_) return {};
        regions_.push_front({std::move(region), {{0, bytes}}, 0, true});
        shared_bytes_ += bytes;
        return take_whole(regions_.front());
    } catch (const std::bad_alloc&) {
    }
    return {};
}

// Searches the newest region first: that is where a grown one is.
PageRange PagePool::cut(std::size_t bytes) {
    for (Region& region : regions_) {
        const auto fits = [&](const Hole& hole) { return hole.bytes >= bytes; };
        auto hole = std::find_if(region.holes.begin(), region.holes.end(), fits);
        if (hole == region.holes.end()) continue;
        // Between ranges lie holes, one more at most: room for fill(), which must not fail.
        if (region.holes.capacity() < region.ranges + 2)
            hole = reserve(region.holes, hole, 2 * (region.ranges + 2));
        const std::size_t offset = hole->offset;
        ++region.ranges;
        hole->offset += bytes;
        hole->bytes -= bytes;
        if (hole->bytes == 0) region.holes.erase(hole);
        return PageRange(*this, *region.shared, offset, bytes);
    }
    return {};
}

bool PagePool::grow(std::size_t bytes) {
    const std::uint64_t left = limit_ - shared_bytes_;
    if (bytes > left) return false;
    if (bytes >= kOwnRegionBytes) return share(bytes, true);
    const std::size_t arena = std::min(regions_.empty() ? kFirstRegionBytes : kRegionBytes, arena_);
    std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(arena, left));
    // Where a whole arena cannot be had, a smaller one may be, or at least what is needed now: a
    // guest on Xen may have few pages to share.
    for (; wanted > bytes && !share(wanted & ~(ring::kPageBytes - 1), false); wanted /= 2)
        arena_ = wanted / 2;
    if (wanted <= bytes) {
        wanted = bytes;
        if (!share(bytes, false)) return false;
    }
    arena_ = std::min(kRegionBytes, std::max(arena_, 2 * wanted));
    return true;
}

bool PagePool::share(std::size_t bytes, bool own) {
    std::unique_ptr<transport::SharedRegion> shared = transport_.share(bytes);
    if (!shared) return false;
    const std::size_t size = shared->size();
    regions_.push_front({std::move(shared), {{0, size}}, 0, own || size >= kOwnRegionBytes});
    shared_bytes_ += size;
    return true;
}

void PagePool::give(transport::SharedRegion& shared, std::size_t offset, std::size_t bytes) {
    Regions idle;
    {
        const std::lock_guard lock(mutex_);
        const auto region = std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) {
            return r.shared.get() == &shared;
        });
        if (region == regions_.end()) return;
        --region->ranges;
        region->fill({offset, bytes});
        idle = drop_empty(1);
    }
    discard(idle);
}

// Never allocates: cut() made room for it.
void PagePool::Region::fill(Hole hole) {
    auto next =
        std::lower_bound(holes.begin(), holes.end(), hole.offset,
                         [](const Hole& h, std::size_t offset) { return h.offset < offset; });
    if (next != holes.end() && hole.offset + hole.bytes == next->offset) {
        hole.bytes += next->bytes;
        next = holes.erase(next);
    }
    if (next != holes.begin()) {
        Hole& before = *std::prev(next);
        if (before.offset + before.bytes == hole.offset) {
            before.bytes += hole.bytes;
            return;
        }
    }
    holes.insert(next, hole);
}

PagePool::Regions PagePool::drop_empty(std::size_t spares) {
    Regions idle;
    for (auto region = regions_.begin(); region != regions_.end();) {
        const auto here = region++;
        if (here->ranges != 0) continue;
        if (!here->own && spares != 0) {
            --spares;
        } else {
            idle.splice(idle.end(), regions_, here);
        }
    }
    return idle;
}

// Only when the worker has answered is there place for others below the limit. It answers when it
// has executed what frees the pages, so that must be visible.
void PagePool::discard(Regions& idle) {
    if (idle.empty()) return;
    if (context_ != nullptr) context_->publish_all();
    std::uint64_t bytes = 0;
    for (const Region& region : idle) bytes += region.shared->size();
    idle.clear();
    const std::lock_guard lock(mutex_);
    shared_bytes_ -= bytes;
}

}  // namespace vgpu::icd
