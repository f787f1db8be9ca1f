// Shows what happens at a limit and one page beyond it, and when Xen's functions fail.
#include <cerrno>
#include <fstream>

#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {
namespace {

using transport::Refusal;
using Kind = transport::Request::Kind;

TEST_CASE("one application's share ends with a refusal, one page beyond it") {
    World world;
    world.service.pages_per_application = kControlPages + 200;
    world.start();
    auto app = world.open_app();
    auto other = world.open_app();
    // 199 pages and their directory.
    CHECK(world.ask(*app, Kind::AddRegion, 1, 200 * 4096)->refusal.find("this application has") !=
          std::string::npos);
    CHECK(world.ask(*app, Kind::AddRegion, 2, 199 * 4096)->refusal == "");
    CHECK(world.ask(*app, Kind::AddRegion, 3, 4096)->refusal != "");
    CHECK(world.ask(*other, Kind::AddRegion, 1, 199 * 4096)->refusal == "");
    CHECK(world.ask(*app, Kind::RemoveRegion, 2, 0)->refusal == "");
    CHECK(world.ask(*app, Kind::AddRegion, 4, 199 * 4096)->refusal == "");
    CHECK(world.broker->budget().used() == 2 * (kControlPages + 199));
}

TEST_CASE("the guest's pages are filled to the last, and the kernel is never asked for more") {
    World world;
    world.service.device.grants_reserved = 4 * 512 - 1000;
    world.service.pages_per_application = 1 << 20;
    world.attach(4);
    world.start_gvm();
    world.start_broker();
    world.settle();
    CHECK(world.broker->budget().capacity() == 1000 - kLinkPages);
    fake::set_gntalloc_limit(kDvm, 1000);
    auto app = world.open_app();
    const std::uint64_t left = 1000 - kLinkPages - kControlPages;
    CHECK(world.ask(*app, Kind::AddRegion, 1, left * 4096)->refusal != "");
    CHECK(world.ask(*app, Kind::AddRegion, 2, (left - 1) * 4096)->refusal == "");
    CHECK(world.ask(*app, Kind::AddRegion, 3, 4096)->refusal != "");
    CHECK(world.broker->budget().used() == world.broker->budget().capacity() - 1);
    auto next = world.new_app();
    next->say_hello();
    world.settle();
    const auto welcome = next->welcome();
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::TooManyContexts);
    CHECK(welcome->text.find("max_grant_frames") != std::string::npos);
    app.reset();
    world.settle();
    CHECK(world.open_app());
}

TEST_CASE("with the module's default limit a tiny context works, and the next is told the option") {
    World world;
    world.attach();
    fake::set_gntalloc_limit(kDvm, 1024);
    {
        const fake::InDomain here(kDvm);
        std::ofstream(world.service.device.gntalloc_limit) << "1024\n";
    }
    world.start_gvm();
    world.start_broker();
    world.settle();
    auto app = world.open_app();
    CHECK(world.ask(*app, Kind::AddRegion, 1, 16 << 20)->refusal != "");
    CHECK(world.ask(*app, Kind::AddRegion, 2, 2 << 20)->refusal == "");
    std::vector<std::unique_ptr<App>> more;
    std::optional<transport::Welcome> welcome;
    for (int i = 0; i < 10; ++i) {
        more.push_back(world.new_app());
        more.back()->say_hello();
        world.settle();
        welcome = more.back()->welcome();
        REQUIRE(welcome);
        if (welcome->refusal != Refusal::None) break;
    }
    CHECK(welcome->text.find("options xen_gntalloc limit=") != std::string::npos);
}

TEST_CASE("a guest that can share nothing says so in xenstore, and to applications") {
    World world;
    world.service.wait = std::chrono::milliseconds(0);
    world.attach(4);
    world.start_gvm();
    world.start_broker();
    world.settle();
    CHECK(world.front("state") == "1");
    CHECK(world.front("error").find("max_grant_frames") != std::string::npos);
    auto app = world.new_app();
    app->say_hello();
    world.settle();
    CHECK(app->welcome()->text == world.front("error"));
    fake::write_node(kFront + "/grant-frames-max", "64");
    world.sleep(std::chrono::milliseconds(3));
    world.settle();
    CHECK(world.connected());
    CHECK(world.front("error") == "(none)");
}

// A whole day of a broker; whatever fails, it goes on.
void live(World& world) {
    world.settle();
    for (int i = 0; i < 2; ++i) {
        auto app = world.new_app();
        app->say_hello(i == 0);
        world.settle();
        if (!app->welcome()) continue;
        world.ask(*app, Kind::AddRegion, 1, 1 << 20);
        world.ask(*app, Kind::OpenChannel, 1, 0);
        world.ask(*app, Kind::RemoveRegion, 1, 0);
    }
    world.settle();
}

// The functions that the broker's domain calls. What the GVM calls must not fail here.
constexpr const char* kFunctions[] = {"xengntshr_open",
                                      "xengntshr_share_pages",
                                      "xengntshr_share_page_notify",
                                      "allocate_granted_pages",
                                      "xenevtchn_bind_unbound_port",
                                      "xenevtchn_restrict",
                                      "xenevtchn_open",
                                      "xs_write",
                                      "xs_read",
                                      "xs_rm",
                                      "xs_directory",
                                      "xs_watch",
                                      "xs_check_watch",
                                      "xs_unwatch"};

TEST_CASE("whichever call of Xen fails, the broker goes on, and is whole again afterwards") {
    for (const char* function : kFunctions) {
        for (int nth = 0; nth < 12; ++nth) {
            INFO(function << ", call " << nth);
            World world;
            world.service.wait = std::chrono::milliseconds(10);
            world.start();
            const std::size_t descriptors = open_descriptors();
            const std::string path = function[1] == 's' ? kFront : "";
            fake::fail({function, nth % 2 == 0 ? ENOSPC : EIO, path, nth});
            if (nth >= 6) {  // also while it connects anew
                world.gvm->close();
                world.sleep(std::chrono::milliseconds(3));
            }
            live(world);
            fake::forget_failures();
            world.sleep(std::chrono::milliseconds(12));
            world.sleep(std::chrono::milliseconds(3));
            // What could not be read is not there, until a change makes the broker look again.
            if (!world.connected()) {
                CHECK((function == std::string("xs_read") ||
                       function == std::string("xs_directory")));
                fake::write_node(kBack + "/online", "1");
                world.sleep(std::chrono::milliseconds(3));
            }
            REQUIRE(world.connected());
            CHECK(world.broker->applications() == 0);
            CHECK(world.broker->budget().used() == 0);
            CHECK(world.open_app());
            world.settle();
            CHECK(fake::granted_pages(kDvm) == kLinkPages);
            CHECK(fake::bound_ports(kDvm) == 1);
            CHECK(open_descriptors() <= descriptors);
        }
    }
}

TEST_CASE("a broker that cannot start says what is missing") {
    World world;
    const char* function = GENERATE("xs_open", "xenevtchn_open", "xs_watch");
    fake::fail({function, EACCES});
    std::string text;
    try {
        world.start_broker();
    } catch (const std::exception& error) {
        text = error.what();
    }
    INFO(text);
    CHECK(text.size() > 40);
    CHECK(fake::open_things().handles == 0);
}

}  // namespace
}  // namespace vgpu::broker::test
