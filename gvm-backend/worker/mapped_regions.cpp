// A shared pointer around the shared pointer tells of its end.
#include "worker/mapped_regions.h"

#include <utility>

namespace vgpu::worker {

using transport::MappedRegion;
using transport::RegionId;

std::shared_ptr<MappedRegion> MappedRegions::watch(RegionId id,
                                                   std::shared_ptr<MappedRegion> region) {
    {
        const std::lock_guard lock(mutex_);
        mapped_.insert(id);
    }
    MappedRegion* const same = region.get();
    return {same, [this, id, held = std::move(region)](MappedRegion*) mutable {
                held.reset();  // unmaps
                unmapped(id);
            }};
}

bool MappedRegions::wait_until_unmapped(RegionId id, std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, longest, [&] { return mapped_.count(id) == 0; });
}

void MappedRegions::unmapped(RegionId id) {
    const std::lock_guard lock(mutex_);
    mapped_.erase(id);
    changed_.notify_all();
}

}  // namespace vgpu::worker
