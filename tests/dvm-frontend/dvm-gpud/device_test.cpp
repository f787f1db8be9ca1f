// Shows that the two ends find each other in every order, and again after every end.
#include "dvm-gpud/device.h"

#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {
namespace {

using transport::xen::BusState;

TEST_CASE("broker, GVM and device find each other in every order") {
    World world;
    std::vector<int> order{0, 1, 2};
    for (int i = GENERATE(0, 1, 2, 3, 4, 5); i > 0; --i)
        std::next_permutation(order.begin(), order.end());
    const bool settles = GENERATE(false, true);
    for (const int step : order) {
        if (step == 0) world.attach();
        if (step == 1) world.start_gvm();
        if (step == 2) world.start_broker();
        if (settles) world.settle();
    }
    world.settle();
    // A GVM that was there before its directory has written its nodes in vain: it starts again.
    if (order[0] == 1 || (order[0] == 2 && order[1] == 1)) world.start_gvm();
    world.settle();
    CHECK(world.connected());
    CHECK(world.front("state") == "4");
    CHECK(world.front("version") == "1");
    CHECK(world.front("error") == "(none)");
    CHECK(world.gvm->trouble == "");
    CHECK(fake::granted_pages(kDvm) == kLinkPages);
    CHECK(world.open_app());
}

}  // namespace
}  // namespace vgpu::broker::test
