// Shows that the two ends find each other in every order, and again after every end.
#include "dvm-gpud/device.h"

#include <algorithm>

#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {
namespace {

using transport::xen::BusState;

// Whether everything is as after the very first start.
void check_serves(World& world) {
    CHECK(world.connected());
    CHECK(world.front("state") == "4");
    CHECK(world.front("error") == "(none)");
    CHECK(world.gvm->trouble == "");
    auto app = world.open_app();
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages);
    CHECK(world.broker->budget().used() == kControlPages);
    app->hang_up();
    app->fds.clear();
    world.settle();
    CHECK(fake::granted_pages(kDvm) == kLinkPages);
    CHECK(world.broker->budget().used() == 0);
    CHECK(fake::bound_ports(kDvm) == 1);
}

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
    const bool in_vain =
        std::find(order.begin(), order.end(), 1) < std::find(order.begin(), order.end(), 0);
    if (in_vain) world.start_gvm();
    world.settle();
    check_serves(world);
    CHECK(world.front("version") == "1");
}

// What hung the application up, and left nothing behind.
void check_hung_up(World& world, App& app) {
    CHECK(app.gone());
    app.fds.clear();
    CHECK(world.broker->applications() == 0);
    CHECK(world.broker->budget().used() == 0);
}

TEST_CASE("a device that vanishes takes the contexts with it, and is served when it comes again") {
    World world;
    world.start();
    for (int i = 0; i < 3; ++i) {
        auto app = world.open_app();
        world.detach();
        world.settle();
        check_hung_up(world, *app);
        CHECK(fake::granted_pages(kDvm) == 0);
        CHECK(fake::bound_ports(kDvm) == 0);
        CHECK(fake::read_node(kFront) == std::nullopt);
        world.attach();
        world.start_gvm();
        world.settle();
        check_serves(world);
    }
}

TEST_CASE("a directory that was removed and made anew between two looks is a new device") {
    World world;
    world.start();
    auto app = world.open_app();
    world.detach();
    world.attach();
    if (GENERATE(false, true)) world.start_gvm();
    world.settle();
    check_hung_up(world, *app);
    world.start_gvm();
    world.settle();
    check_serves(world);
}

TEST_CASE("a GVM's service that dies is noticed by its octet, and its successor is served") {
    World world;
    world.start();
    auto app = world.open_app();
    auto waiting = world.new_app();
    const bool restarts_at_once = GENERATE(false, true);
    world.gvm.reset();
    if (!restarts_at_once) {
        world.settle();
        CHECK_FALSE(app->gone());  // until the next one says that its context has ended
        CHECK(world.back("state") == "4");
    }
    waiting->say_hello();
    world.start_gvm();
    world.settle();
    CHECK(app->gone());
    REQUIRE(waiting->welcome());
    waiting.reset();
    app.reset();
    world.settle();
    check_serves(world);
}

TEST_CASE("a destroyed GVM rings no bell: its directory vanishes") {
    World world;
    world.start();
    auto app = world.open_app();
    fake::silence_domain(kGvm);
    world.gvm.reset();
    world.settle();
    CHECK_FALSE(app->gone());
    fake::remove_domain(kGvm);
    world.settle();
    check_hung_up(world, *app);
    CHECK(fake::granted_pages(kDvm) == 0);
    CHECK(world.front("state") == "1");
    auto next = world.new_app();
    next->say_hello();
    world.settle();
    CHECK(world.broker->device().why_not().find("gone from xenstore") != std::string::npos);
}

TEST_CASE("a device that is taken offline is closed by both ends, and opened when it is wanted") {
    World world;
    world.start();
    auto app = world.open_app();
    fake::write_node(kBack + "/online", "0");
    world.settle();
    check_hung_up(world, *app);
    CHECK(world.front("state") == "6");
    CHECK(world.back("state") == "6");
    CHECK(world.front("ring-ref") == "(none)");
    fake::write_node(kBack + "/online", "1");
    world.settle();
    check_serves(world);
}

TEST_CASE("a broker that stops closes its end; the next begins anew") {
    World world;
    world.start();
    auto app = world.open_app();
    world.broker.reset();
    CHECK(world.front("state") == "6");
    CHECK(app->gone());
    world.settle();
    CHECK_FALSE(world.gvm->connected());
    CHECK(fake::bound_ports(kDvm) == 1);  // the application's bell, until it closes it
    app.reset();
    CHECK(fake::bound_ports(kDvm) == 0);
    CHECK(fake::granted_pages(kDvm) == 0);
    world.start_broker();
    world.settle();
    check_serves(world);
}

TEST_CASE("a broker that was killed leaves its states, and the next begins anew") {
    World world;
    world.start();
    const std::string ring_ref = world.front("ring-ref");
    world.broker.reset();
    fake::write_node(kFront + "/state", "4");
    fake::write_node(kFront + "/ring-ref", ring_ref);
    fake::write_node(kFront + "/error", "It went wrong.");
    world.start_broker();
    world.settle();
    check_serves(world);
}

TEST_CASE("states without meaning end the link at most") {
    World world;
    world.start();
    const std::string states[] = {"7",  "4294967295", "4294967296", "-4", "",
                                  "04", "four",       " 4",         "3",  std::string(2000, '4')};
    for (const std::string& state : states) {
        INFO(state.substr(0, 20));
        fake::write_node(kBack + "/state", state);
        world.settle();
        world.start_gvm();
        world.settle();
        check_serves(world);
    }
    for (int peer = 0; peer <= 6; ++peer) {
        for (int next = 0; next <= 6; ++next) {
            fake::write_node(kBack + "/state", std::to_string(peer));
            world.broker->turn(std::chrono::milliseconds(0));
            fake::write_node(kBack + "/state", std::to_string(next));
            world.broker->turn(std::chrono::milliseconds(0));
        }
    }
    world.start_gvm();
    world.settle();
    world.sleep(std::chrono::milliseconds(3));
    check_serves(world);
}

TEST_CASE("back ends of other versions are told apart, with a sentence in xenstore") {
    World world;
    world.attach();
    world.start_broker();
    const std::string versions[] = {"", "2", "0,2", "1x", "11", "one", std::string(2000, '1')};
    for (const std::string& version : versions) {
        INFO(version.substr(0, 20));
        fake::write_node(kBack + "/versions", version);
        fake::write_node(kBack + "/state", "2");
        world.settle();
        CHECK(world.front("state") == "1");
        CHECK(world.front("error").find("of the same release") != std::string::npos);
        CHECK(world.front("error").size() < 1200);
        CHECK(fake::granted_pages(kDvm) == 0);
    }
    fake::write_node(kBack + "/versions", "3,1,2");
    fake::write_node(kBack + "/state", "2");
    world.settle();
    CHECK(world.front("state") == "3");
    world.start_gvm();
    world.settle();
    check_serves(world);
}

TEST_CASE("domain 0's GPU is refused, as its event channels cannot be restricted") {
    World world;
    world.attach();
    fake::write_node(kFront + "/backend-id", "0");
    fake::write_node(kBack + "/versions", "1");
    fake::write_node(kBack + "/state", "2");
    world.start_broker();
    world.settle();
    CHECK(world.front("error").find("domain 0") != std::string::npos);
    CHECK(world.front("state") == "1");
}

TEST_CASE("the lowest device is served, or the one that was asked for") {
    World world;
    world.attach();
    const std::string third = "/local/domain/5/device/vgpu/3";
    fake::write_node(third + "/backend", "/local/domain/3/backend/vgpu/5/3");
    fake::write_node(third + "/backend-id", "3");
    fake::write_node("/local/domain/5/device/vgpu/x/backend", "nonsense");
    const bool asked = GENERATE(false, true);
    if (asked) world.service.device.number = 3;
    fake::set_permissions_of(third, "n5,r3");
    world.start_broker();
    world.settle();
    CHECK((fake::read_node(third + "/state") == "1") == asked);
    world.start_gvm();
    world.settle();
    CHECK(world.connected() != asked);
}

}  // namespace
}  // namespace vgpu::broker::test
