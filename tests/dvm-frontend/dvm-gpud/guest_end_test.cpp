// Shows the application's own end, by which a Vulkan driver reaches its worker, over the broker.
#include <atomic>
#include <future>
#include <thread>

#include "ring/layout.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "transport/local/guest.h"
#include "transport/xen/evtchn_device.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"

namespace vgpu::broker::test {
namespace {

using transport::GuestTransport;

// Turns the world while the application, on a thread of its own, waits for answers.
template <typename Work>
void while_turning(World& world, Work work) {
    std::future<void> done = std::async(std::launch::async, work);
    while (done.wait_for(std::chrono::microseconds(200)) != std::future_status::ready)
        world.settle();
    done.get();
}

transport::Hello hello() {
    transport::Hello hello;
    hello.application = "program";
    return hello;
}

TEST_CASE("a program shares memory, opens channels, rings and is rung") {
    World world;
    world.start();
    std::unique_ptr<GuestTransport> guest;
    std::unique_ptr<transport::SharedRegion> region;
    while_turning(world, [&] {
        CHECK(transport::query_local(world.socket(), hello()).objects_max == 1000);
        guest = transport::connect_local(world.socket(), hello());
        region = guest->share(3 << 20);
        REQUIRE(region);
        CHECK(guest->open_channel(1, *region, 4096));
        CHECK_FALSE(guest->open_channel(1, *region, 4096));
        CHECK(guest->open_channel(0, *region, 0));
        CHECK_FALSE(guest->open_channel(2, *region, 3 << 20));
        CHECK(guest->share(1ull << 40) == nullptr);
    });
    FakeGvm::Context& context = world.gvm->contexts.begin()->second;
    region->data()[12345] = 1;
    CHECK(context.regions.at(region->id()).mapping.data()[12345] == 1);
    guest->control_region().data()[0] = 5;
    CHECK(context.regions[0].mapping.data()[0] == 5);

    while (const auto port = transport::xen::take_port(context.bells->fd()))
        transport::xen::unmask_port(context.bells->fd(), *port);
    guest->ring_channel(1);
    CHECK(transport::xen::take_port(context.bells->fd()) == context.channels[1]);
    guest->ring_channel(3);  // not open
    CHECK_FALSE(transport::xen::take_port(context.bells->fd()));

    const std::chrono::milliseconds moment(20);
    CHECK(guest->wait(moment) == GuestTransport::Wake::TimedOut);
    for (int i = 0; i < 3; ++i) {
        transport::xen::notify_port(context.bells->fd(), context.doorbell);
        CHECK(guest->wait(std::nullopt) == GuestTransport::Wake::Doorbell);
    }
    CHECK(guest->wait(moment) == GuestTransport::Wake::TimedOut);
    guest->interrupt();
    CHECK(guest->wait(std::nullopt) == GuestTransport::Wake::Doorbell);

    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages + 768);
    while_turning(world, [&] { region.reset(); });
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages);
    CHECK(world.broker->budget().used() == kControlPages);
    CHECK_FALSE(guest->peer_gone());
    guest.reset();
    world.settle();
    CHECK(fake::granted_pages(kDvm) == kLinkPages);
    CHECK(fake::bound_ports(kDvm) == 1);
}

TEST_CASE("a program sees the end of its worker, of the device and of the broker") {
    World world;
    world.start();
    std::unique_ptr<GuestTransport> guest;
    while_turning(world, [&] { guest = transport::connect_local(world.socket(), hello()); });
    switch (GENERATE(0, 1, 2)) {
        case 0:
            world.gvm->contexts.clear();
            world.gvm->send({FakeGvm::LinkReply::Kind::Closed, 1, "The worker has died.", {}});
            break;
        case 1:
            world.detach();
            break;
        case 2:
            world.broker.reset();
            break;
    }
    world.settle();
    CHECK(guest->wait(std::nullopt) == GuestTransport::Wake::PeerGone);
    CHECK(guest->peer_gone());
    CHECK(guest->share(4096) == nullptr);
    guest->control_region().data()[0] = 1;  // mapped still
}

TEST_CASE("a program is told why there is no GPU") {
    World world;
    world.service.wait = std::chrono::milliseconds(30);
    world.start_broker();
    while_turning(world, [&] {
        std::string text;
        try {
            transport::connect_local(world.socket(), hello());
        } catch (const std::exception& error) {
            text = error.what();
        }
        CHECK(text.find("gvmctl attach") != std::string::npos);
    });
}

}  // namespace
}  // namespace vgpu::broker::test
