// Shows that applications get their contexts' pages and bells, and nobody else's.
#include "dvm-gpud/context.h"

#include <sys/mman.h>

#include "ring/layout.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "transport/local/shared_memory.h"
#include "transport/xen/evtchn_device.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"

namespace vgpu::broker::test {
namespace {

using transport::Mapping;
using transport::Refusal;
using Kind = transport::Request::Kind;

TEST_CASE("an application gets the control region that its worker maps, and the worker's bell") {
    World world;
    world.start();
    auto app = world.new_app();
    app->say_hello();
    world.settle();
    const auto welcome = app->welcome();
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::None);
    CHECK(welcome->objects_max == 1000);
    REQUIRE(app->fds.size() == 2);
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages);
    CHECK(world.broker->budget().used() == kControlPages);
    Mapping control;
    REQUIRE(control.map(app->fds[0].get(), ring::kControlRegionBytes));
    FakeGvm::Context& context = world.gvm->contexts.begin()->second;
    control.data()[ring::kStatusOffset] = 42;
    CHECK(context.regions[0].mapping.data()[ring::kStatusOffset] == 42);
    CHECK_FALSE(transport::xen::take_port(app->fds[1].get()));
    transport::xen::notify_port(context.bells->fd(), context.doorbell);
    CHECK(transport::xen::take_port(app->fds[1].get()) == welcome->doorbell_port);
}

}  // namespace
}  // namespace vgpu::broker::test
