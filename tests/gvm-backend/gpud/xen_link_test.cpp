// Links that a hostile front end shares: forged numbers, pages and indices.
#include <cstring>

#include "tests/catch.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;

struct Offering : XenWorld {
    Offering() {
        attach();
        serve();
        front.set_state(BusState::Initialising);
        until("InitWait", [] { return is_state(BusState::InitWait); });
        front.share_link();
    }
    // What a bad offer comes to, after which a good one is taken.
    void fails(const std::string& error) {
        front.set_state(BusState::Initialised);
        until_failed(error);
        CHECK(fake::mapped_pages(kGvm) == 0);
        connect(front);
        CHECK(read_backend("error").empty());
    }
    FrontEnd front;
};

TEST_CASE_METHOD(Offering,
                 "an offer without its nodes, or with senseless ones, is refused with a sentence") {
    const std::string node = GENERATE("version", "ring-ref", "event-channel");
    const std::string value = GENERATE("", "x", "-1", "4294967296", "\x1b[31m", "LONG", "GONE");
    if (value == "GONE") {
        fake::remove_node(front.path(node));
    } else {
        fake::write_node(front.path(node), value == "LONG" ? std::string(4000, '1') : value);
    }
    fails("without version, ring-ref and event-channel");
}

TEST_CASE_METHOD(Offering, "an offer of another version names both and the remedy") {
    front.write("version", "4294967295");
    fails("version 4294967295, this back end 1. Install");
}

TEST_CASE_METHOD(Offering, "references and ports that were not granted are refused") {
    SECTION("ring-ref") {
        front.write("ring-ref", GENERATE("0", "77777", "4294967295"));
        fails("cannot be mapped");
    }
    SECTION("event-channel") {
        front.write("event-channel", GENERATE("0", "77777", "4294967295"));
        fails("is not offered to this domain");
    }
    SECTION("a ring's page") {
        front.page().ring_refs[kLinkRingPages - 1] = 77777;
        fails("rings cannot be mapped");
    }
    SECTION("a page that is no link page") {
        front.page().magic = 0;
        fails("The link page is none");
    }
}

TEST_CASE_METHOD(Offering, "a link whose pages are all the same one harms only its own guest") {
    for (std::uint32_t& ref : front.page().ring_refs) ref = front.ring_ref();
    front.set_state(BusState::Initialised);
    settle();
    connect(front);
    CHECK(open(front, 1).empty());
}

TEST_CASE_METHOD(XenWorld, "senseless states are no states, and the device stays") {
    attach();
    serve();
    FrontEnd front;
    connect(front);
    const std::string value = GENERATE("", "7", "x", "-1", "4294967295", "LONG");
    fake::write_node(front.path("state"), value == "LONG" ? std::string(4000, '1') : value);
    until("Closed", [] { return is_state(BusState::Closed); });
    CHECK(fake::read_node(backend("frontend")));
    connect(front);
}

TEST_CASE_METHOD(XenWorld, "indices out of range end that link, and no other domain's") {
    constexpr std::uint32_t n = kLinkRingBytes;
    const std::uint32_t index = GENERATE(0u, 1u, +n - 1, +n, +n + 1, 1u << 31, UINT32_MAX);
    const bool of_head = GENERATE(false, true);
    fake::add_domain(6, "another");
    attach();
    attach(6);
    serve();
    FrontEnd front, other(6);
    connect(front);
    connect(other);
    if (of_head) {
        // It is looked at when there is something to be written.
        front.ring(true).head.store(index);
        front.send({.kind = LinkRequest::Kind::Query});
    } else {
        front.ring(false).tail.store(index);
        front.ring_bell();
    }
    settle();
    if (index >= (of_head ? 1 : 4)) {
        until_failed("The link");
    } else {
        CHECK(is_state(BusState::Connected));
    }
    CHECK(open(other, 1).empty());
    CHECK(is_state(BusState::Connected, 6));
}

TEST_CASE_METHOD(ConnectedWorld, "lengths that cannot be end the link") {
    const std::uint32_t length =
        GENERATE(0u, 1u, 3u, std::uint32_t{kMaxLinkMessageBytes} + 1, 1u << 31, UINT32_MAX);
    std::memcpy(front.rings() + sizeof(ring::RingHeader), &length, sizeof(length));
    front.ring(false).tail.store(4);
    front.ring_bell();
    until_failed("senseless length");
}

TEST_CASE_METHOD(ConnectedWorld,
                 "a link page that changes under the back end is not looked at again") {
    CHECK(open(front, 1).empty());
    front.page().magic = 0;
    front.page().version = 99;
    std::memset(front.page().ring_refs, 0xff, sizeof(front.page().ring_refs));
    add_region(front, 1, 1);
}

}  // namespace
}  // namespace vgpu::gpud
