// Contexts of a guest in another domain: begun, given memory and channels, ended.
#include "gpud/open_rate.h"
#include "tests/catch.h"
#include "transport/local/shared_memory.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;
using Kind = LinkReply::Kind;

TEST_CASE_METHOD(ConnectedWorld, "a context gets the guest's own pages, a channel, and its end") {
    const std::size_t linked = fake::granted_pages(kDvm);
    CHECK(open(front, 1).empty());
    CHECK(contexts() == 1);
    Granted granted = add_region(front, 1, 1);
    CHECK(ask(front, front.open_channel(1, 1, 0)).text.empty());
    transport::Mapping pages;
    REQUIRE(pages.map(granted.pages.fd.get(), ring::kChannelBytes));
    CHECK(pages.data()[0] == 42);  // which the stub writes
    CHECK(ask(front, FrontEnd::remove_region(1, 1)).text.empty());
    const LinkReply closed = ask(front, FrontEnd::close(1));
    CHECK(closed.kind == Kind::Closed);
    CHECK(closed.context == 1);
    CHECK(contexts() == 0);
    pages = {};
    granted = {};
    front.forget_grants();
    CHECK(fake::granted_pages(kDvm) == linked);
    CHECK(fake::mapped_pages(kGvm) == 1 + kLinkRingPages);
}

TEST_CASE_METHOD(ConnectedWorld, "a question is answered without a context") {
    LinkRequest query = front.open_request(1);
    query = {.kind = LinkRequest::Kind::Query, .hello = query.hello};
    fake::write_node(backend("memory-limit-mb"), "77");
    settle();
    const LinkReply opened = ask(front, query);
    CHECK(opened.kind == Kind::Opened);
    CHECK(opened.context == 0);
    const auto welcome = transport::decode_welcome(opened.welcome);
    REQUIRE(welcome);
    CHECK(welcome->service_version == "test");
    CHECK(welcome->memory_limit_bytes == 77 << 20);
    CHECK(contexts() == 0);
}

TEST_CASE_METHOD(XenWorld,
                 "two guests are served side by side, and one's end is nothing to the other") {
    fake::add_domain(6, "another");
    attach();
    attach(6);
    serve();
    FrontEnd front, other(6);
    connect(front);
    connect(other);
    CHECK(open(front, 1).empty());
    CHECK(open(other, 1).empty());
    CHECK(contexts() == 2);
    front.drop_link();
    until("one context is left", [&] { return contexts() == 1; });
    add_region(other, 1, 1);
    CHECK(is_state(BusState::Connected, 6));
}

TEST_CASE_METHOD(ConnectedWorld,
                 "a domain has as many contexts as it may, and another when one ends") {
    fake::write_node(backend("contexts-max"), "2");
    settle();
    CHECK(open(front, 1).empty());
    CHECK(open(front, 2).empty());
    CHECK(open(front, 3).find("may run 2") != std::string::npos);
    CHECK(contexts() == 2);
    CHECK(ask(front, FrontEnd::close(1)).kind == Kind::Closed);
    CHECK(open(front, 4).empty());
}

TEST_CASE("the service's own limit of contexts holds for all domains together") {
    ConnectedWorld world(1);
    CHECK(world.open(world.front, 1).empty());
    CHECK(world.open(world.front, 2).find("--contexts-max") != std::string::npos);
    CHECK(world.contexts() == 1);
}

TEST_CASE("one domain leaves places of the service to others") {
    ConnectedWorld world(4);
    for (std::uint32_t id = 1; id <= 3; ++id) CHECK(world.open(world.front, id).empty());
    CHECK(world.open(world.front, 4).find("3 of the service's 4 places") != std::string::npos);
    CHECK(world.contexts() == 3);
}

TEST_CASE_METHOD(ConnectedWorld,
                 "contexts that begin too fast are refused, and later ones are not") {
    fake::write_node(backend("contexts-per-minute"), "8");
    settle();
    std::uint32_t id = 0;
    const auto open_and_close = [&] {
        const std::string refusal = open(front, ++id);
        if (refusal.empty()) ask(front, FrontEnd::close(id));
        return refusal;
    };
    CHECK(open_and_close().empty());
    CHECK(open_and_close().empty());
    CHECK(open_and_close().find("8 a minute are allowed") != std::string::npos);
    CHECK_FALSE(open_and_close().empty());
    fake::write_node(backend("contexts-per-minute"), "1000000");
    settle();
    CHECK(open_and_close().empty());
}

TEST_CASE("a rate lets a quarter through at once, and then as many as time brings") {
    OpenRate rate;
    const OpenRate::Clock::time_point begin = OpenRate::Clock::now();
    const auto taken = [&](std::chrono::seconds at, int tries) {
        int all = 0, firsts = 0;
        for (int i = 0; i < tries; ++i) {
            bool first = false;
            all += rate.take(60, first, begin + at);
            firsts += first;
        }
        CHECK(firsts <= 1);
        return all;
    };
    CHECK(taken(std::chrono::seconds(0), 100) == 15);
    CHECK(taken(std::chrono::seconds(1), 100) == 1);
    CHECK(taken(std::chrono::seconds(11), 100) == 10);
    CHECK(taken(std::chrono::hours(5), 100) == 15);
}

TEST_CASE_METHOD(ConnectedWorld, "workers that do not end are no way past the limit of contexts") {
    fake::write_node(backend("contexts-max"), "1");
    set_manner("ignore-sigterm");
    settle();
    CHECK(open(front, 1).empty());
    front.send(FrontEnd::close(1));
    CHECK(open(front, 2).empty());
    front.send(FrontEnd::close(2));
    CHECK(open(front, 3).find("runs 2 contexts already, and may run 1") != std::string::npos);
    kill_workers();
    until("the workers end", [&] { return contexts() == 0; });
    while (front.receive()) {
    }
    set_manner("");
    CHECK(open(front, 4).empty());
}

TEST_CASE_METHOD(ConnectedWorld,
                 "the end of an earlier link's context leaves the next link's alone") {
    set_manner("ignore-sigterm");
    CHECK(open(front, 1).empty());
    set_manner("");
    connect(front);
    CHECK(open(front, 1).empty());
    CHECK(contexts() == 2);
    ::kill(workers().at(0), SIGKILL);
    until("the old context ends", [&] { return contexts() == 1; });
    CHECK_FALSE(front.receive());
    add_region(front, 1, 1);
    CHECK(ask(front, FrontEnd::close(1)).kind == Kind::Closed);
}

}  // namespace
}  // namespace vgpu::gpud
