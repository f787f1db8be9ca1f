// What connecting, serving and failing leave behind: nothing.
#include "tests/catch.h"
#include "xen-fake/fake_state.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;
using Kind = LinkReply::Kind;

TEST_CASE_METHOD(XenWorld, "a thousand devices that came and went leave nothing") {
    serve();
    settle();
    const Held before = held();
    for (int i = 0; i < 1000; ++i) {
        attach();
        {
            FrontEnd front;
            connect(front);
            if (i % 10 == 0) CHECK(open(front, 1).empty());
            // Each way of going, in turn.
            if (i % 3 == 0) front.set_state(BusState::Closing);
            if (i % 3 == 1) front.drop_link();
        }
        remove_directories();
        until("the device is gone",
              [&] { return contexts() == 0 && fake::open_things().watches == before.watches; });
    }
    CHECK(held() == before);
}

TEST_CASE_METHOD(ConnectedWorld, "connecting again and again on one device leaves nothing") {
    settle();
    const Held before = held();
    for (int i = 0; i < 10; ++i) {
        CHECK(open(front, 1).empty());
        Granted region = add_region(front, 1, 1);
        CHECK(ask(front, front.open_channel(1, 1, 0)).text.empty());
        front.set_state(BusState::Closing);
        until("Closed", [] { return is_state(BusState::Closed); });
        front.forget_grants();
        connect(front);
    }
    CHECK(held() == before);
}

// Of one function of Xen's, in the GVM alone.
struct Failing {
    const char* function;
    const char* path;
    int step;  // of the calls each so many-th is tried
};

bool happened() {
    return fake::state().failures.back().times == 0;
}

// Whether the handshake came to its end; else the front end has been told.
bool try_connect(XenWorld& world, FrontEnd& front) {
    front.set_state(BusState::Initialising);
    world.until("InitWait", [] { return XenWorld::is_state(BusState::InitWait); });
    front.offer();
    world.until("Connected or Closed", [] {
        return XenWorld::is_state(BusState::Connected) || XenWorld::is_state(BusState::Closed);
    });
    front.set_state(BusState::Connected);
    return XenWorld::is_state(BusState::Connected);
}

// A context's whole life; requests may be refused, and what began ends.
void live(XenWorld& world, FrontEnd& front) {
    if (!world.open(front, 1).empty()) return;
    const Granted granted = front.grant(ring::kChannelBytes / ring::kPageBytes + 1);
    CHECK(world.ask(front, FrontEnd::add_region(1, 1, granted.list())).kind == Kind::Done);
    CHECK(world.ask(front, front.open_channel(1, 1, 0)).kind == Kind::Done);
    CHECK(world.ask(front, FrontEnd::remove_region(1, 1)).kind == Kind::Done);
    CHECK(world.ask(front, FrontEnd::close(1)).kind == Kind::Closed);
}

// What is not told about a failure of each call of this function at a device's life: nothing ends
// but what failed, and the next try works.
void fail_each(const Failing& failing) {
    bool more = true;
    for (int skip = 0; more; skip += failing.step) {
        CAPTURE(failing.function, skip);
        XenWorld world;
        world.serve();
        world.settle();
        const Held before = world.held();
        {
            FrontEnd front;
            fake::fail({failing.function, EIO, failing.path, skip});
            XenWorld::attach();
            bool connected = false;
            for (int i = 0; i < 3 && !connected; ++i) connected = try_connect(world, front);
            REQUIRE(connected);
            live(world, front);
            more = happened();
            front.set_state(BusState::Closing);
            world.until("Closed", [] { return XenWorld::is_state(BusState::Closed); });
        }
        XenWorld::remove_directories();
        fake::write_node(XenWorld::backend("").substr(0, 29), "");  // one more event
        world.until("the device is gone", [&] { return world.held() == before; });
    }
}

TEST_CASE("each call of xenstore may fail once: what failed is done again") {
    fail_each(GENERATE(Failing{"xs_write", "/local/domain/3/", 1},
                       Failing{"xs_rm", "/local/domain/3/", 1}, Failing{"xs_watch", "", 1},
                       Failing{"xs_directory", "", 1}, Failing{"xs_check_watch", "", 5},
                       Failing{"xs_read", "", 7}));
}

TEST_CASE("each call of grants and event channels may fail once: it is told, and leaves nothing") {
    fail_each(GENERATE(
        Failing{"xengnttab_open", "", 1}, Failing{"xengnttab_map_domain_grant_refs", "", 1},
        Failing{"xengnttab_map_grant_ref_notify", "", 1}, Failing{"prepare_grant_mapping", "", 1},
        Failing{"xenevtchn_restrict", "", 1}, Failing{"xenevtchn_bind_interdomain", "", 1}));
}

TEST_CASE("a watch that could not be taken back is used again") {
    XenWorld world;
    world.serve();
    FrontEnd front;
    fake::fail({"xs_unwatch", EIO});
    for (int i = 0; i < 2; ++i) {
        XenWorld::attach();
        world.connect(front);
        XenWorld::remove_directories();
        world.until("the device is gone", [&] { return world.logged("5 is gone.") == i + 1; });
    }
    world.settle();
    CHECK(fake::open_things().watches == 1);
}

TEST_CASE("a failure of xenstore while a device is served does not end its contexts") {
    ConnectedWorld world;
    CHECK(world.open(world.front, 1).empty());
    for (int skip = 0; skip < 16; ++skip) {
        fake::fail({"xs_read", EIO, "", skip});
        fake::write_node(XenWorld::backend("online"), "1");
        world.settle();
        REQUIRE(world.contexts() == 1);
        REQUIRE(XenWorld::is_state(BusState::Connected));
    }
    fake::set_xenstore_running(false);
    for (int i = 0; i < 50; ++i) world.turn();
    CHECK(world.contexts() == 1);
    fake::set_xenstore_running(true);
    world.add_region(world.front, 1, 1);
}

}  // namespace
}  // namespace vgpu::gpud
