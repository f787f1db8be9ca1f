// Shows that applications get their contexts' pages and bells, and nobody else's.
#include "dvm-gpud/context.h"

#include <chrono>

#include "ring/layout.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "transport/local/shared_memory.h"
#include "transport/xen/evtchn_device.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {
namespace {

using transport::Mapping;
using transport::Refusal;
using Kind = transport::Request::Kind;

constexpr std::uint64_t kMiB = 1 << 20;

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
    CHECK(fake::restricted_to(app->fds[1].get()) == kGvm);
    FakeGvm::Context& context = world.gvm->contexts.begin()->second;
    control.data()[ring::kStatusOffset] = 42;
    CHECK(context.regions[0].mapping.data()[ring::kStatusOffset] == 42);
    CHECK_FALSE(transport::xen::take_port(app->fds[1].get()));
    transport::xen::notify_port(context.bells->fd(), context.doorbell);
    CHECK(transport::xen::take_port(app->fds[1].get()) == welcome->doorbell_port);
}

TEST_CASE("regions come and go, with their pages") {
    World world;
    world.start();
    auto app = world.open_app();
    const auto ack = world.ask(*app, Kind::AddRegion, 1, 5 * kMiB);
    REQUIRE(ack);
    CHECK(ack->refusal == "");
    REQUIRE(app->fds.size() == 1);
    Mapping mapping;
    REQUIRE(mapping.map(app->fds[0].get(), 5 * kMiB));
    mapping.data()[5 * kMiB - 1] = 7;
    auto& regions = world.gvm->contexts.begin()->second.regions;
    CHECK(regions[1].mapping.data()[5 * kMiB - 1] == 7);
    const std::size_t before = kLinkPages + kControlPages;
    CHECK(fake::granted_pages(kDvm) == before + 1280);
    CHECK(world.broker->budget().used() == kControlPages + 1280);
    app->fds.clear();
    CHECK(world.ask(*app, Kind::RemoveRegion, 1, 0)->refusal == "");
    CHECK(world.broker->budget().used() == kControlPages);
    CHECK(fake::granted_pages(kDvm) == before + 1280);  // mapped here still
    mapping = Mapping();
    CHECK(fake::granted_pages(kDvm) == before);
    CHECK(world.ask(*app, Kind::RemoveRegion, 1, 0)->refusal == "There is no such region.");
}

TEST_CASE("the pages outlive the application while the worker maps them") {
    World world;
    world.start();
    world.gvm->unmaps = false;
    auto app = world.open_app();
    REQUIRE(world.ask(*app, Kind::AddRegion, 1, kMiB));
    app.reset();
    world.settle();
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages + 256);
    CHECK(world.broker->budget().used() == kControlPages + 256);
    CHECK(world.broker->applications() == 1);
    world.gvm->unmaps = true;
    world.gvm->answer(world.gvm->requests.back());
    world.settle();
    CHECK(world.broker->budget().used() == 0);
    CHECK(fake::granted_pages(kDvm) == kLinkPages);
    CHECK(world.broker->applications() == 0);
}

TEST_CASE("a channel comes with a bell of its own") {
    World world;
    world.start();
    auto app = world.open_app();
    REQUIRE(world.ask(*app, Kind::AddRegion, 1, kMiB));
    const auto ack = world.ask(*app, Kind::OpenChannel, 1, 4096, 2);
    REQUIRE(ack);
    CHECK(ack->refusal == "");
    REQUIRE(app->fds.size() == 1);
    CHECK(fake::restricted_to(app->fds[0].get()) == kGvm);
    FakeGvm::Context& context = world.gvm->contexts.begin()->second;
    while (const auto port = transport::xen::take_port(context.bells->fd()))
        transport::xen::unmask_port(context.bells->fd(), *port);
    transport::xen::notify_port(app->fds[0].get(), static_cast<std::uint32_t>(ack->value));
    CHECK(transport::xen::take_port(context.bells->fd()) == context.channels[2]);
    CHECK(world.ask(*app, Kind::OpenChannel, 1, 4096, 2)->refusal ==
          "The channel is open already.");
}

TEST_CASE("forged ids, sizes and places are refused in the broker") {
    World world;
    world.start();
    auto app = world.open_app();
    auto other = world.open_app();
    REQUIRE(world.ask(*other, Kind::AddRegion, 7, kMiB)->refusal == "");
    REQUIRE(world.ask(*app, Kind::AddRegion, 5, kMiB)->refusal == "");
    world.gvm->requests.clear();
    const auto refused = [&](Kind kind, std::uint32_t region, std::uint64_t value,
                             std::uint32_t channel = 0) {
        const auto ack = world.ask(*app, kind, region, value, channel);
        return ack && !ack->refusal.empty() && app->fds.empty();
    };
    CHECK(refused(Kind::RemoveRegion, 7, 0));  // another's
    CHECK(refused(Kind::RemoveRegion, 0, 0));  // the control region
    CHECK(refused(Kind::OpenChannel, 7, 0));
    CHECK(refused(Kind::OpenChannel, 0, 0));
    for (const std::uint32_t id : {0u, 4u, 5u}) CHECK(refused(Kind::AddRegion, id, 4096));
    for (const std::uint64_t bytes :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4095}, std::uint64_t{4097},
          std::uint64_t{1} << 30 | 4096, ~std::uint64_t{0}, ~std::uint64_t{4095}})
        CHECK(refused(Kind::AddRegion, 100, bytes));
    for (const std::uint64_t offset : {std::uint64_t{1}, kMiB - ring::kChannelBytes + 4096, kMiB,
                                       kMiB + 4096, ~std::uint64_t{4095}})
        CHECK(refused(Kind::OpenChannel, 5, offset));
    for (const std::uint32_t channel : {4u, 31u, 32u, 64u, ~0u})
        CHECK(refused(Kind::OpenChannel, 5, 0, channel));
    CHECK(world.gvm->requests.empty());
    CHECK(world.ask(*app, Kind::OpenChannel, 5, kMiB - ring::kChannelBytes, 3)->refusal == "");
    CHECK(world.gvm->contexts.size() == 2);
}

TEST_CASE("what the GVM refuses is refused with its words, and its pages are free again") {
    World world;
    world.start();
    auto app = world.open_app();
    world.gvm->refusal = "No maptrack frames are left.";
    CHECK(world.ask(*app, Kind::AddRegion, 1, kMiB)->refusal == world.gvm->refusal);
    CHECK(app->fds.empty());
    CHECK(world.broker->budget().used() == kControlPages);
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages);
    world.gvm->refusal = "";
    CHECK(world.ask(*app, Kind::AddRegion, 2, kMiB)->refusal == "");
    world.gvm->refusal = "No.";
    CHECK(world.ask(*app, Kind::RemoveRegion, 2, 0)->refusal == "No.");
    CHECK(world.broker->budget().used() == kControlPages + 256);  // it is mapped there still
    CHECK(world.ask(*app, Kind::OpenChannel, 2, 0)->refusal == "No.");
    CHECK(fake::bound_ports(kDvm) == 1);  // the link's; the test has closed the doorbell
}

TEST_CASE("a worker that ends hangs its application up, and nobody else") {
    World world;
    world.start();
    auto app = world.open_app();
    auto other = world.open_app();
    world.gvm->contexts.erase(1);
    world.gvm->send({FakeGvm::LinkReply::Kind::Closed, 1, "The worker has died.", {}});
    world.settle();
    CHECK(app->gone());
    CHECK_FALSE(other->gone());
    CHECK(world.broker->applications() == 1);
    CHECK(world.broker->budget().used() == kControlPages);
    CHECK(world.ask(*other, Kind::AddRegion, 1, 4096)->refusal == "");
}

TEST_CASE("one application's waiting keeps nobody else waiting") {
    World world;
    world.start();
    auto app = world.open_app();
    auto other = world.open_app();
    world.gvm->answers = false;
    app->ask(Kind::AddRegion, 1, kMiB);
    other->ask(Kind::AddRegion, 1, kMiB);
    world.settle();
    world.gvm->answer(world.gvm->requests.back());
    world.settle();
    CHECK(other->ack());
    CHECK_FALSE(app->ack());
    CHECK_FALSE(app->gone());
}

TEST_CASE("a broker whose applications are idle sleeps until somebody wants something") {
    World world;
    world.start();
    auto app = world.open_app();
    auto other = world.open_app();
    world.settle();
    constexpr std::chrono::seconds kIdle{10};
    const auto began = std::chrono::steady_clock::now();
    world.broker->turn(kIdle);
    CHECK(std::chrono::steady_clock::now() - began >= kIdle);
}

}  // namespace
}  // namespace vgpu::broker::test
