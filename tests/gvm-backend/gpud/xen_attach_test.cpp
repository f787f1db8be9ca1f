// Devices that come, go and come again, by the toolstack's hand or with their domain.
#include "tests/catch.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;

TEST_CASE_METHOD(XenWorld,
                 "a detached device is closed when nothing of it is mapped, and leaves nothing") {
    serve();
    settle();
    const Held before = held();
    attach();
    {
        FrontEnd front;
        connect(front);
        CHECK(open(front, 1).empty());
        fake::write_node(backend("online"), "0");
        until("Closing", [] { return is_state(BusState::Closing); });
        until("Closed", [] { return is_state(BusState::Closed); });
        CHECK(contexts() == 0);
        CHECK(fake::mapped_pages(kGvm) == 0);
        // One that is not wanted is not served, whatever the front end says.
        front.set_state(BusState::Initialising);
        settle();
        CHECK(is_state(BusState::Closed));
        remove_directories();
        settle();
    }
    CHECK(held() == before);
    CHECK(logged("of domain 5 is gone.") == 1);
}

TEST_CASE_METHOD(ConnectedWorld, "directories that are removed under a running device end it") {
    CHECK(open(front, 1).empty());
    remove_directories();
    until("the context ends", [&] { return contexts() == 0; });
    until("the device is forgotten", [&] { return logged("of domain 5 is gone.") == 1; });
    CHECK(fake::mapped_pages(kGvm) == 0);
    // Nothing is written to a directory that is gone, which would make it anew.
    settle();
    CHECK_FALSE(fake::read_node(backend("state")));
}

TEST_CASE_METHOD(
    ConnectedWorld,
    "a destroyed domain rings no bell: its pages are unmapped and its directory removed") {
    set_manner("ignore-sigterm");
    CHECK(open(front, 1).empty());
    Granted granted = add_region(front, 1, 1);
    fake::silence_domain(kDvm);
    front.drop_link();
    settle();
    CHECK(fake::mapped_pages(kGvm) == 1 + kLinkRingPages);  // nobody can know yet
    fake::remove_domain(kDvm);
    until("the link is unmapped", [&] { return fake::mapped_pages(kGvm) == 0; });
    until("the directory is removed", [&] { return !fake::read_node(backend("")); });
    granted = {};
    front.forget_grants();
    CHECK(fake::granted_pages(kDvm) != 0);
    kill_workers();
    until("the context ends", [&] { return contexts() == 0; });
    CHECK(fake::granted_pages(kDvm) == 0);
    until("the device is forgotten", [&] { return logged("of domain 5 is gone.") == 1; });
}

TEST_CASE_METHOD(ConnectedWorld, "a front end that hides or removes its state harms only itself") {
    CHECK(open(front, 1).empty());
    const bool hides = GENERATE(false, true);
    if (hides) {
        fake::set_permissions_of(front.path("state"), "n5");
    } else {
        fake::remove_node(front.path("state"));
    }
    until("InitWait", [] { return is_state(BusState::InitWait); });
    until("the context ends", [&] { return contexts() == 0; });
    if (hides) fake::set_permissions_of(front.path("state"), "n5,r3");
    connect(front);
    CHECK(open(front, 1).empty());
}

TEST_CASE_METHOD(XenWorld, "a directory that was made anew is served anew, however fast") {
    const bool waiting = GENERATE(false, true);
    const bool lingering = GENERATE(false, true);
    attach();
    serve();
    FrontEnd front;
    if (!waiting || lingering) {
        connect(front);
        if (lingering) set_manner("ignore-sigterm");
        CHECK(open(front, 1).empty());
        set_manner("");
    }
    if (waiting) front.set_state(BusState::Initialising);
    until("a state", [&] { return is_state(waiting ? BusState::InitWait : BusState::Connected); });
    // Both within one turn of the loop.
    remove_directories();
    attach();
    connect(front);
    CHECK(read_backend("versions") == "1");
    CHECK(read_backend("device-name") == "A GPU");
    CHECK(open(front, 1).empty());
    kill_workers();
    until("the contexts end", [&] { return contexts() == 0; });
    CHECK(is_state(BusState::Connected));
}

TEST_CASE_METHOD(XenWorld, "a domain's devices are served each by itself") {
    attach(kDvm, 0);
    attach(kDvm, 1);
    serve();
    FrontEnd front(kDvm, 0), other(kDvm, 1);
    connect(front);
    other.offer();
    until("Connected", [] { return fake::read_node(backend("state", kDvm, 1)) == "4"; });
    CHECK(open(front, 1).empty());
    CHECK(open(other, 1).empty());
    remove_directories(kDvm, 0);
    until("one context is left", [&] { return contexts() == 1; });
    add_region(other, 1, 1);
}

TEST_CASE_METHOD(
    XenWorld, "directories whose names are no numbers, or that name no front end, are left alone") {
    attach();
    for (const char* name : {"x/0", "5/x", "-1/0", "4294967296/0", "6/0"})
        fake::write_node(Xenstore::domain_path(kGvm) + "/backend/vgpu/" + name + "/state", "1");
    serve();
    FrontEnd front;
    connect(front);
    CHECK(logged("is there.") == 1);
    CHECK(fake::read_node(Xenstore::domain_path(kGvm) + "/backend/vgpu/6/0/state") == "1");
}

TEST_CASE_METHOD(ConnectedWorld,
                 "a service that stops says Closed when its last context has ended") {
    CHECK(open(front, 1).empty());
    stop();
    CHECK(is_state(BusState::Closed));
    CHECK(fake::mapped_pages(kGvm) == 0);
    CHECK(fake::open_things().watches == 0);
    serve();
    connect(front);
}

}  // namespace
}  // namespace vgpu::gpud
