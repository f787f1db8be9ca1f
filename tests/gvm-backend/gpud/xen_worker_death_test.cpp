// Workers that die, lie or linger, at each point of a context's life.
#include "tests/catch.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;
using Kind = LinkReply::Kind;

struct Dying : ConnectedWorld {
    // Context 1 ends by itself, with these words, and the next one is served.
    void ends(const std::string& why) {
        LinkReply closed = reply(front);
        while (closed.kind == Kind::Done) closed = reply(front);
        CHECK(closed.kind == Kind::Closed);
        CHECK(closed.context == 1);
        UNSCOPED_INFO(closed.text);
        CHECK(closed.text.find(why) != std::string::npos);
        CHECK(contexts() == 0);
        front.forget_grants();
        CHECK(fake::granted_pages(kDvm) == 1 + kLinkRingPages + (granted.directory ? 67 : 0));
        set_manner("");
        CHECK(open(front, 2).empty());
        Granted region = add_region(front, 2, 1);
        CHECK(ask(front, front.open_channel(2, 1, 0)).text.empty());
        CHECK(ask(front, FrontEnd::close(2)).kind == Kind::Closed);
    }
    Granted granted;
};

TEST_CASE_METHOD(Dying,
                 "a worker that dies before it knows its guest is told as its context's end") {
    const std::string manner = GENERATE("die-at-once", "die-at-start");
    set_manner(manner);
    CHECK(open(front, 1).empty());
    ends(manner == "die-at-once" ? "exits with status 3" : "ended by signal 9");
}

TEST_CASE_METHOD(Dying,
                 "a worker that dies with a request before it is told as its context's end") {
    const std::string manner = GENERATE("die-in-region", "die-in-channel", "die-in-remove");
    set_manner(manner);
    CHECK(open(front, 1).empty());
    granted = front.grant(ring::kChannelBytes / ring::kPageBytes + 1);
    front.send(FrontEnd::add_region(1, 1, granted.list()));
    if (manner != "die-in-region") {
        CHECK(reply(front).text.empty());
        front.send(manner == "die-in-channel" ? front.open_channel(1, 1, 0)
                                              : FrontEnd::remove_region(1, 1));
    }
    granted = {};
    ends("exits with status");
}

TEST_CASE_METHOD(Dying, "a worker whose answers make no sense is ended, and nobody else") {
    set_manner(GENERATE("garbage", "wrong-serial", "two-answers"));
    CHECK(open(front, 1).empty());
    granted = front.grant(1);
    front.send(FrontEnd::add_region(1, 1, granted.list()));
    granted = {};
    ends("");
}

TEST_CASE_METHOD(Dying, "a worker that never answers can be closed") {
    set_manner("silent");
    CHECK(open(front, 1).empty());
    granted = front.grant(1);
    front.send(FrontEnd::add_region(1, 1, granted.list()));
    granted = {};
    settle();
    front.send(FrontEnd::close(1));
    ends("");
}

TEST_CASE_METHOD(Dying, "a worker that ignores SIGTERM is killed, and Closed waits for that") {
    set_manner("ignore-sigterm");
    CHECK(open(front, 1).empty());
    front.send(FrontEnd::close(1));
    const auto begin = std::chrono::steady_clock::now();
    ends("ended by signal 9");
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(4));
}

TEST_CASE_METHOD(Dying, "a worker's last words reach guest and log without escape sequences") {
    set_manner("escape");
    CHECK(open(front, 1).empty());
    settle();
    front.send(FrontEnd::close(1));
    ends("?[31m");
    CHECK(logged("\x1b") == 0);
}

TEST_CASE_METHOD(Dying, "what a worker refuses is told with its words") {
    set_manner("refuse");
    CHECK(open(front, 1).empty());
    granted = front.grant(1);
    CHECK(ask(front, FrontEnd::add_region(1, 1, granted.list())).text == "The stub refuses.");
    granted = {};
    front.send(FrontEnd::close(1));
    ends("");
}

TEST_CASE_METHOD(ConnectedWorld, "a program that cannot be started is a refusal") {
    stop();
    service().worker_program = "/none";
    serve();
    connect(front);
    CHECK(open(front, 1).find("\"/none\" cannot be started") != std::string::npos);
    CHECK(contexts() == 0);
    CHECK(is_state(BusState::Connected));
}

}  // namespace
}  // namespace vgpu::gpud
