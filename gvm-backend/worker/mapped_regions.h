// Which of the guest's regions this process maps, until the last user of each has let go of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>

#include "transport/host_transport.h"

namespace vgpu::worker {

// Owned by the context; outlives every region that it watches, whose last user may be any thread.
class MappedRegions {
  public:
    // The same region, whose end is noted here.
    std::shared_ptr<transport::MappedRegion> watch(transport::RegionId id,
                                                   std::shared_ptr<transport::MappedRegion> region);
    // False when the region is mapped still after `longest`.
    bool wait_until_unmapped(transport::RegionId id, std::chrono::milliseconds longest);

  private:
    void unmapped(transport::RegionId id);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<transport::RegionId> mapped_;  // mutex_
};

}  // namespace vgpu::worker
