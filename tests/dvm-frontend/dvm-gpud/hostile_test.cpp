// Shows that neither an application nor a GVM that lies does harm beyond its own contexts.
#include <random>

#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {
namespace {

using transport::Refusal;
using Kind = transport::Request::Kind;
using LinkReply = FakeGvm::LinkReply;

// One application that must not be disturbed.
struct Neighbour {
    explicit Neighbour(World& world) : world(world), app(world.open_app()) {}
    ~Neighbour() {
        const auto ack = world.ask(*app, Kind::AddRegion, ++region, 4096);
        CHECK((ack && ack->refusal.empty()));
    }
    World& world;
    std::unique_ptr<App> app;
    std::uint32_t region = 0;
};

TEST_CASE("an application that sends what makes no sense is hung up") {
    World world;
    world.start();
    const Neighbour neighbour(world);
    const std::vector<std::uint8_t> good =
        encode(transport::Request{Kind::AddRegion, 1, 1, 0, 4096});
    std::vector<std::vector<std::uint8_t>> messages{{1},
                                                    std::vector<std::uint8_t>(31),
                                                    std::vector<std::uint8_t>(32),
                                                    std::vector<std::uint8_t>(70000)};
    for (const std::size_t at : {0u, 4u, 20u}) {
        messages.push_back(good);
        messages.back()[at] ^= 0x80;
    }
    for (const auto& message : messages) {
        INFO(message.size());
        auto app = world.open_app();
        app->fds.clear();
        REQUIRE(app->send(message));
        world.settle();
        CHECK(app->gone());
        CHECK(world.broker->applications() == 1);
    }
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages);
}

TEST_CASE("an application that asks before it was answered is hung up") {
    World world;
    world.start();
    const Neighbour neighbour(world);
    {
        auto app = world.open_app();
        app->ask(Kind::AddRegion, 1, 4096);
        app->ask(Kind::AddRegion, 2, 4096);
        world.broker->turn(std::chrono::milliseconds(0));
        world.settle();
        // Whether the answer came between is the kernel's choice of order.
        CHECK((app->gone() || app->ack()));
    }
    world.gvm->answers = false;
    auto app = world.new_app();
    app->say_hello();
    app->ask(Kind::AddRegion, 1, 4096);
    world.settle();
    CHECK(app->gone());
    world.gvm->answers = true;
    for (const auto& request : std::vector(world.gvm->requests)) {
        if (request.context > 2) world.gvm->answer(request);
    }
    world.settle();
    CHECK(world.broker->applications() == 1);
}

TEST_CASE("descriptors that come with requests are closed") {
    World world;
    world.start();
    auto app = world.open_app();
    app->fds.clear();
    const std::size_t before = open_descriptors();
    for (int i = 1; i < 20; ++i) {
        const transport::Request request{Kind::RemoveRegion, static_cast<std::uint32_t>(i), 77, 0,
                                         0};
        app->send(encode(request), {0, 1, 2});
        world.settle();
        CHECK(app->ack());
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("an application that does not read its answers is hung up, and blocks nobody") {
    World world;
    world.start();
    const Neighbour neighbour(world);
    auto app = world.open_app();
    for (int i = 0; i < 3000 && world.broker->applications() == 2; ++i) {
        app->ask(Kind::RemoveRegion, 77, 0);
        world.broker->turn(std::chrono::milliseconds(0));
    }
    world.settle();
    CHECK(world.broker->applications() == 1);
}

TEST_CASE("hang-ups at every point leave nothing behind") {
    World world;
    world.start();
    const std::size_t descriptors = open_descriptors();
    const std::size_t ports = fake::bound_ports(kDvm) + fake::bound_ports(kGvm);
    for (int point = 0; point < 60; ++point) {
        {
            auto app = world.new_app();
            int turns = point;
            const fake::InDomain here(kDvm);
            const auto turn = [&] {
                if (turns-- <= 0) return false;
                if (turns % 3 == 2) {
                    world.gvm->serve();
                } else {
                    world.broker->turn(std::chrono::milliseconds(0));
                }
                return true;
            };
            app->say_hello(point % 2 == 0 || point > 20);
            while (turn() && !app->welcome()) {
            }
            app->ask(Kind::AddRegion, 1, 1 << 20);
            while (turn() && !app->ack()) {
            }
            app->ask(Kind::OpenChannel, 1, 0);
            while (turn() && !app->ack()) {
            }
            app->ask(Kind::RemoveRegion, 1, 0);
            while (turn() && !app->ack()) {
            }
        }
        world.settle();
        INFO(point);
        CHECK(world.broker->applications() == 0);
        CHECK(world.broker->budget().used() == 0);
        CHECK(world.gvm->contexts.empty());
        CHECK(fake::granted_pages(kDvm) == kLinkPages);
        CHECK(fake::bound_ports(kDvm) + fake::bound_ports(kGvm) == ports);
        CHECK(open_descriptors() == descriptors);
    }
    CHECK(world.connected());
    CHECK(world.gvm->trouble == "");
}

TEST_CASE("a thousand contexts leave grants, ports and descriptors as they were") {
    World world;
    world.start();
    world.open_app();
    world.settle();
    const std::size_t descriptors = open_descriptors();
    for (int i = 0; i < 1000; ++i) {
        auto app = world.open_app();
        app->fds.clear();
    }
    world.settle();
    CHECK(world.broker->applications() == 0);
    CHECK(fake::granted_pages(kDvm) == kLinkPages);
    CHECK(fake::bound_ports(kDvm) == 1);
    CHECK(fake::bound_ports(kGvm) == 1);
    CHECK(open_descriptors() == descriptors);
    CHECK(fake::open_things().watches == 3);
}

// The link is closed with all contexts, and begun anew without anybody's help.
void check_link_anew(World& world, App& app) {
    CHECK(app.gone());
    world.sleep(std::chrono::milliseconds(3));
    world.settle();
    CHECK(world.connected());
    CHECK(world.front("error") == "(none)");
    CHECK(world.broker->budget().used() == 0);
    CHECK(world.open_app());
}

TEST_CASE("answers that nobody asked for end the link, not the broker") {
    World world;
    world.start();
    const LinkReply replies[] = {
        {LinkReply::Kind::Opened, 0, "", *encode(transport::Welcome{})},
        {LinkReply::Kind::Opened, 1, "", *encode(transport::Welcome{})},
        {LinkReply::Kind::Opened, 2, "", *encode(transport::Welcome{})},
        {LinkReply::Kind::Done, 0, "", {}},
        {LinkReply::Kind::Done, 1, "", {}},
        {LinkReply::Kind::Done, 77, "", {}},
        {LinkReply::Kind::Closed, 0, "", {}},
        {LinkReply::Kind::Closed, ~0u, "", {}},
    };
    for (const LinkReply& reply : replies) {
        auto app = world.open_app();
        LinkReply sent = reply;
        // Context 1 stands for this application's, 2 for one that there will be.
        if (reply.context == 1 || reply.context == 2)
            sent.context += world.gvm->contexts.rbegin()->first - 1;
        world.gvm->send(sent);
        world.settle();
        check_link_anew(world, *app);
    }
}

TEST_CASE("a welcome that makes no sense ends the link") {
    World world;
    world.start();
    const bool context = GENERATE(false, true);
    auto app = world.open_app();
    world.gvm->answers = false;
    auto next = world.new_app();
    next->say_hello(context);
    world.settle();
    world.gvm->send({LinkReply::Kind::Opened, context ? 2u : 0u, "", {1, 2, 3}});
    world.gvm->answers = true;
    world.settle();
    world.sleep(std::chrono::milliseconds(3));
    CHECK(next->welcome());  // it was not greeted yet: the next link's
    next.reset();
    world.settle();
    check_link_anew(world, *app);
}

TEST_CASE("octets without meaning end the link") {
    World world;
    world.start();
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
        auto app = world.open_app();
        std::vector<std::uint8_t> noise(random() % 300);
        for (auto& octet : noise) octet = static_cast<std::uint8_t>(random());
        world.gvm->send_octets(noise);
        world.settle();
        check_link_anew(world, *app);
    }
}

TEST_CASE("indices without meaning end the link") {
    World world;
    world.start();
    for (const std::uint32_t value : {1u << 31, ~0u, transport::xen::kLinkRingBytes + 1}) {
        for (const bool reply_ring : {false, true}) {
            auto app = world.open_app();
            world.gvm->spoil_index(reply_ring, value);
            world.settle();
            if (!app->gone()) {
                // An impossible head is noticed when something is to be written.
                app->ask(Kind::AddRegion, 1, 4096);
                world.settle();
            }
            check_link_anew(world, *app);
        }
    }
}

TEST_CASE("a last word about a context that is gone is no lie") {
    World world;
    world.start();
    auto app = world.open_app();
    world.gvm->unmaps = false;
    app.reset();
    world.settle();
    world.gvm->contexts.clear();
    for (int i = 0; i < 2; ++i) {
        world.gvm->send({LinkReply::Kind::Closed, 1, "", {}});
        world.settle();
    }
    CHECK(world.broker->applications() == 0);
    CHECK(world.connected());
}

TEST_CASE("a GVM that rings without end starves nobody") {
    World world;
    world.start();
    auto app = world.open_app();
    for (int i = 0; i < 100; ++i) {
        world.gvm->send({LinkReply::Kind::Closed, 1, "", {}});
        fake::write_node(kBack + "/state", "4");
    }
    auto next = world.new_app();
    next->say_hello();
    world.settle();
    CHECK(next->welcome());
}

}  // namespace
}  // namespace vgpu::broker::test
