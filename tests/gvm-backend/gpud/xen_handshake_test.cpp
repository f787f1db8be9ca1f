// The states of a device's two ends, in whatever order they come.
#include "tests/catch.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;

TEST_CASE_METHOD(XenWorld, "a back end that waits is found by the front end") {
    attach();
    serve();
    until("InitWait", [] { return is_state(BusState::InitWait); });
    CHECK(read_backend("versions") == "1");
    CHECK(read_backend("device-name") == "A GPU");
    FrontEnd front;
    connect(front);
    CHECK(fake::is_connected(kDvm, front.link_port()));
    CHECK(front.page().backend_alive == 1);
    CHECK(read_backend("error").empty());
}

TEST_CASE_METHOD(XenWorld, "a front end that waits is found by the back end") {
    attach();
    FrontEnd front;
    front.set_state(BusState::Initialising);
    settle();
    serve();
    connect(front);
}

TEST_CASE_METHOD(XenWorld, "a device that is attached while the back end serves is served") {
    serve();
    settle();
    attach();
    FrontEnd front;
    connect(front);
    CHECK(open(front, 1).empty());
    CHECK(contexts() == 1);
}

TEST_CASE_METHOD(XenWorld, "a back end that finds the front end connected begins anew") {
    attach();
    FrontEnd front;
    front.offer();
    front.set_state(BusState::Connected);
    serve();
    until("InitWait", [] { return is_state(BusState::InitWait); });
    connect(front);
    CHECK(open(front, 1).empty());
}

TEST_CASE_METHOD(XenWorld,
                 "a back end that is started anew serves again, and clears its old error") {
    attach();
    fake::write_node(backend("error"), "Something of long ago.");
    FrontEnd front;
    serve();
    connect(front);
    stop();
    CHECK(is_state(BusState::Closed));
    CHECK(front.page().backend_alive == 0);
    serve();
    until("InitWait", [] { return is_state(BusState::InitWait); });
    CHECK(read_backend("error").empty());
    connect(front);
}

TEST_CASE_METHOD(XenWorld, "a front end that begins anew loses what it had, and is served again") {
    attach();
    serve();
    FrontEnd front;
    connect(front);
    CHECK(open(front, 1).empty());
    front.set_state(BusState::Initialising);
    until("InitWait", [] { return is_state(BusState::InitWait); });
    CHECK(fake::mapped_pages(kGvm) == 0);
    connect(front);
    until("the old context ends", [&] { return contexts() == 0; });
    CHECK(open(front, 1).empty());
    CHECK(contexts() == 1);
}

TEST_CASE_METHOD(XenWorld, "a front end that closes is closed, and may come back") {
    attach();
    serve();
    FrontEnd front;
    connect(front);
    CHECK(open(front, 1).empty());
    front.set_state(BusState::Closing);
    until("Closed", [] { return is_state(BusState::Closed); });
    // Only when nothing of it is mapped any more.
    CHECK(contexts() == 0);
    CHECK(fake::mapped_pages(kGvm) == 0);
    front.set_state(BusState::Closed);
    settle();
    CHECK(is_state(BusState::Closed));
    connect(front);
    CHECK(open(front, 1).empty());
}

TEST_CASE_METHOD(XenWorld, "a front end's death is seen by its octet, and ends its contexts") {
    attach();
    serve();
    FrontEnd front;
    connect(front);
    CHECK(open(front, 1).empty());
    front.drop_link();
    until("the contexts end", [&] { return contexts() == 0; });
    CHECK(fake::mapped_pages(kGvm) == 0);
    CHECK(fake::bound_ports(kGvm) == 0);
    connect(front);
    CHECK(open(front, 1).empty());
}

}  // namespace
}  // namespace vgpu::gpud
