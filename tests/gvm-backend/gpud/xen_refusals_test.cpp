// What a front end must not ask: refused, or the end of its context or of its link.
#include "tests/catch.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;
using Kind = LinkReply::Kind;

struct WithContext : ConnectedWorld {
    WithContext() { REQUIRE(open(front, 1).empty()); }
    // The text with which a request is refused, after which all goes on.
    std::string refusal(const LinkRequest& request) {
        const LinkReply done = ask(front, request);
        CHECK(done.kind == Kind::Done);
        CHECK(done.context == 1);
        CHECK(contexts() == 1);
        return done.text;
    }
    bool refused(const LinkRequest& request, const std::string& why) {
        const std::string text = refusal(request);
        UNSCOPED_INFO(text);
        return text.find(why) != std::string::npos;
    }
};

TEST_CASE_METHOD(WithContext, "regions that cannot be are refused, and the context lives on") {
    Granted granted = add_region(front, 1, 5);
    for (const std::uint32_t region : {5u, 4u, 0u})
        CHECK(refused(FrontEnd::add_region(1, region, granted.list()), "Region ids must grow."));
    for (const std::uint32_t region : {4u, 6u, 0u, UINT32_MAX})
        CHECK(refused(FrontEnd::remove_region(1, region), "There is no such region."));
    CHECK(refused(FrontEnd::add_region(1, 6, {4096, 77777}), "77777 cannot be mapped"));
    CHECK(refused(FrontEnd::add_region(1, 6, {4096, 0}), "ends after 0 of 1"));
    // The hypervisor finds out about these only when the worker maps them.
    CHECK(refused(FrontEnd::add_region(1, 6, {1 << 20, front.circular_directory()}),
                  "Mapping 256 granted pages fails"));
    fake::revoke(kDvm, granted.pages.refs.back());
    CHECK(refused(FrontEnd::add_region(1, 6, granted.list()), "granted pages fails"));
    add_region(front, 1, 6);
}

TEST_CASE_METHOD(WithContext, "channels that cannot be are refused, and the context lives on") {
    add_region(front, 1, 1);
    const auto channel = [&](auto change) {
        LinkRequest request = front.open_channel(1, 1, 0);
        change(request);
        return request;
    };
    CHECK(refused(channel([](LinkRequest& r) { r.port = 0; }), "is not offered"));
    CHECK(refused(channel([](LinkRequest& r) { r.port = UINT32_MAX; }), "is not offered"));
    CHECK(refused(channel([&](LinkRequest& r) { r.port = front.link_port(); }), "is not offered"));
    CHECK(refused(channel([](LinkRequest& r) { r.region = 2; }), "no such region"));
    for (const std::uint32_t number : {8u, 64u, UINT32_MAX})
        CHECK(refused(channel([&](LinkRequest& r) { r.channel = number; }), "at most 8 channels"));
    for (const std::uint64_t offset : {std::uint64_t{1}, std::uint64_t{8192},
                                       std::uint64_t{1} << 63, std::uint64_t{UINT64_MAX} - 4095})
        CHECK(refused(channel([&](LinkRequest& r) { r.offset = offset; }), "does not lie in"));
    CHECK(refusal(channel([](LinkRequest&) {})).empty());
    CHECK(refused(channel([](LinkRequest&) {}), "open already"));
}

TEST_CASE_METHOD(WithContext, "memory over the domain's limit is refused before it is looked at") {
    fake::write_node(backend("memory-limit-mb"), "1");
    settle();
    CHECK(refused(FrontEnd::add_region(1, 1, {65 * (1 << 20) + 4096, 77777}), "memory-limit-mb"));
    CHECK(refused(FrontEnd::add_region(1, 1, {65 * (1 << 20), 77777}), "cannot be mapped"));
}

TEST_CASE_METHOD(ConnectedWorld, "memory that workers are still asked to map counts, too") {
    fake::write_node(backend("memory-limit-mb"), "1");
    set_manner("silent");
    settle();
    CHECK(open(front, 1).empty());
    CHECK(open(front, 2).empty());
    front.send(FrontEnd::add_region(1, 1, {40 << 20, front.circular_directory()}));
    const LinkReply done =
        ask(front, FrontEnd::add_region(2, 1, {40 << 20, front.circular_directory()}));
    CHECK(done.context == 2);
    CHECK(done.text.find("memory-limit-mb") != std::string::npos);
}

TEST_CASE_METHOD(ConnectedWorld, "an Open that makes no sense is refused and leaves nothing") {
    const auto refusal = [&](std::uint32_t context, auto change) {
        LinkRequest request = front.open_request(context);
        change(request);
        const LinkReply opened = ask(front, request);
        CHECK(opened.kind == Kind::Opened);
        CHECK(opened.context == context);
        CHECK(contexts() == 0);
        const auto welcome = transport::decode_welcome(opened.welcome);
        REQUIRE(welcome);
        CHECK(welcome->refusal != transport::Refusal::None);
        return welcome->text;
    };
    const Held before = held();
    CHECK(refusal(1, [](LinkRequest& r) { r.grants.bytes -= 4096; }).find("control region") == 4);
    CHECK(refusal(2, [](LinkRequest& r) { r.grants.directory = 0; }).find("ends after 0") !=
          std::string::npos);
    CHECK(refusal(3, [](LinkRequest& r) { r.port = 999; }).find("is not offered") !=
          std::string::npos);
    CHECK(refusal(4, [](LinkRequest& r) {
              r.hello = {1, 2, 3};
          }).find("makes no sense") != std::string::npos);
    CHECK(refusal(5, [](LinkRequest& r) { r.hello[8] = 99; }).find("version 99") !=
          std::string::npos);
    fake::fail({"xengnttab_open", EMFILE});
    CHECK(refusal(6, [](LinkRequest&) {}).find("Too many open files") != std::string::npos);
    front.forget_grants();
    CHECK(held().descriptors <= before.descriptors);
    CHECK(open(front, 7).empty());
}

TEST_CASE_METHOD(WithContext, "a request before the last was answered ends that context alone") {
    set_manner("silent");
    REQUIRE(open(front, 2).empty());
    Granted granted = front.grant(1);
    front.send(FrontEnd::add_region(2, 1, granted.list()));
    const LinkReply closed = ask(front, FrontEnd::add_region(2, 2, granted.list()));
    CHECK(closed.kind == Kind::Closed);
    CHECK(closed.context == 2);
    add_region(front, 1, 1);
}

TEST_CASE_METHOD(WithContext, "what is asked of a context that has ended is not answered") {
    CHECK(ask(front, FrontEnd::close(1)).kind == Kind::Closed);
    front.send(FrontEnd::close(1));
    front.send(FrontEnd::remove_region(1, 1));
    settle();
    CHECK_FALSE(front.receive());
    CHECK(open(front, 2).empty());
}

TEST_CASE_METHOD(WithContext, "ids that were never opened or do not grow end the link") {
    const bool reopened = GENERATE(false, true);
    front.send(reopened ? front.open_request(1) : FrontEnd::close(2));
    until_failed(reopened ? "opens context 1 after 1" : "context 2, which it never opened");
    until("the contexts end", [&] { return contexts() == 0; });
    connect(front);
    CHECK(open(front, 1).empty());
}

TEST_CASE_METHOD(WithContext,
                 "a message that makes no sense ends the link, and its front end may begin anew") {
    const auto octets = GENERATE(std::vector<std::uint8_t>{}, std::vector<std::uint8_t>(7, 0xff),
                                 std::vector<std::uint8_t>(66000, 1));
    front.send_octets(octets);
    for (int i = 0; i < 10; ++i) {
        turn();
        front.receive();
    }
    until_failed("makes no sense");
    CHECK(contexts() == 0);
    connect(front);
    CHECK(read_backend("error").empty());
    CHECK(open(front, 1).empty());
}

}  // namespace
}  // namespace vgpu::gpud
