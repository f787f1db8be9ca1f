// A region counts as mapped until its last user lets go of it.
#include "worker/mapped_regions.h"

#include <memory>
#include <thread>

#include "tests/catch.h"

namespace {

using namespace std::chrono_literals;
using vgpu::transport::MappedRegion;
using vgpu::worker::MappedRegions;

class Region final : public MappedRegion {
  public:
    explicit Region(bool& unmapped) : MappedRegion(nullptr, 0), unmapped_(unmapped) {}
    ~Region() override { unmapped_ = true; }

  private:
    bool& unmapped_;
};

TEST_CASE("a region is unmapped when its last user lets go of it, and not before") {
    bool unmapped = false;
    MappedRegions regions;
    auto first = regions.watch(7, std::make_shared<Region>(unmapped));
    auto second = first;
    first.reset();
    CHECK_FALSE(regions.wait_until_unmapped(7, 1ms));
    CHECK_FALSE(unmapped);
    std::thread user([&] { second.reset(); });
    CHECK(regions.wait_until_unmapped(7, 60s));
    CHECK(unmapped);
    user.join();
}

TEST_CASE("nobody waits for a region that was never mapped") {
    MappedRegions regions;
    CHECK(regions.wait_until_unmapped(1, 60s));
}

}  // namespace
