// A supervisor that dies, and the next one, which finds its workers and goes on with them.
#include <signal.h>

#include <algorithm>

#include "tests/catch.h"
#include "transport/local/shared_memory.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;
using Kind = LinkReply::Kind;

struct Surviving : ConnectedWorld {
    // The supervisor is killed and started again; the front end links again.
    void start_again() {
        die();
        serve();
        connect(front);
    }
    bool lives(std::size_t worker) const { return is_running(workers().at(worker)); }
    // The worker's process ends, which the world's supervisor need not see.
    void until_dead(std::size_t worker) {
        until("a worker ends", [&] { return !lives(worker); });
    }
    void done(const LinkReply& reply) {
        CHECK(reply.kind == Kind::Done);
        CHECK(reply.text.empty());
    }
};

TEST_CASE_METHOD(Surviving, "the next supervisor goes on with the contexts of a killed one") {
    CHECK(open(front, 1).empty());
    CHECK(open(front, 2).empty());
    Granted old = add_region(front, 1, 1);
    const int restarts = GENERATE(1, 3);
    for (int i = 0; i < restarts; ++i) {
        start_again();
        CHECK(contexts() == 2);
        done(ask(front, FrontEnd::resume(1)));
        done(ask(front, FrontEnd::resume(2)));
    }
    done(ask(front, front.open_channel(1, 1, 0)));
    transport::Mapping pages;
    REQUIRE(pages.map(old.pages.fd.get(), ring::kChannelBytes));
    CHECK(pages.data()[0] == 42);  // which the stub writes
    Granted fresh = add_region(front, 1, 2);
    done(ask(front, FrontEnd::remove_region(1, 2)));
    done(ask(front, FrontEnd::remove_region(1, 1)));
    CHECK(ask(front, FrontEnd::remove_region(1, 1)).text == "There is no such region.");
    CHECK(ask(front, FrontEnd::add_region(1, 2, fresh.list())).text == "Region ids must grow.");
    CHECK(lives(0));
    CHECK(ask(front, FrontEnd::close(1)).kind == Kind::Closed);
    CHECK(open(front, 3).empty());
    CHECK(contexts() == 2);
    CHECK(ask(front, FrontEnd::close(2)).kind == Kind::Closed);
    CHECK(ask(front, FrontEnd::close(3)).kind == Kind::Closed);
    CHECK(contexts() == 0);
}

TEST_CASE_METHOD(Surviving, "a context that dies while there is no supervisor is told as closed") {
    CHECK(open(front, 1).empty());
    CHECK(open(front, 2).empty());
    die();
    ::kill(workers().at(0), SIGKILL);
    wait_for("the worker dies", [&] { return !lives(0); });
    serve();
    connect(front);
    CHECK(ask(front, FrontEnd::resume(1)).kind == Kind::Closed);
    done(ask(front, FrontEnd::resume(2)));
    ::kill(workers().at(1), SIGKILL);
    const LinkReply closed = reply(front);
    CHECK(closed.kind == Kind::Closed);
    CHECK(closed.context == 2);
}

TEST_CASE_METHOD(Surviving,
                 "ids that are forged, or another domain's or device's, resume nothing") {
    fake::add_domain(6, "another");
    attach(6);
    attach(kDvm, 1);
    FrontEnd other(6), second(kDvm, 1);
    connect(other);
    CHECK(open(front, 7).empty());
    CHECK(open(other, 8).empty());
    die();
    serve();
    connect(front);
    connect(other);
    CHECK(ask(front, FrontEnd::resume(6)).kind == Kind::Closed);
    CHECK(ask(other, FrontEnd::resume(7)).kind == Kind::Closed);
    CHECK(contexts() == 2);
    done(ask(front, FrontEnd::resume(7)));
    done(ask(other, FrontEnd::resume(8)));
    CHECK(ask(front, FrontEnd::resume(8)).kind == Kind::Closed);
    CHECK(ask(front, FrontEnd::resume(UINT32_MAX)).kind == Kind::Closed);
    CHECK(contexts() == 2);
    add_region(front, 7, 1);
    add_region(other, 8, 1);
}

TEST_CASE_METHOD(Surviving, "a context is resumed once, and none that was opened on the link") {
    CHECK(open(front, 1).empty());
    const bool resumes = GENERATE(false, true);
    if (resumes) {
        start_again();
        done(ask(front, FrontEnd::resume(1)));
    }
    front.send(FrontEnd::resume(1));
    until_failed("resumes context 1 after 1");
    until("its contexts end", [&] { return contexts() == 0; });
}

TEST_CASE_METHOD(Surviving, "contexts that are not asked for end when another begins") {
    CHECK(open(front, 1).empty());
    CHECK(open(front, 2).empty());
    start_again();
    done(ask(front, FrontEnd::resume(2)));
    CHECK(open(front, 3).empty());
    until_dead(0);
    CHECK(lives(1));
    until("two contexts are left", [&] { return contexts() == 2; });
    CHECK_FALSE(front.receive());
}

TEST_CASE_METHOD(Surviving, "contexts that are not asked for end in bounded time") {
    CHECK(open(front, 1).empty());
    start_again();
    const auto begin = std::chrono::steady_clock::now();
    while (contexts() != 0 && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20))
        turn();
    CHECK(contexts() == 0);
    CHECK(std::chrono::steady_clock::now() - begin > std::chrono::seconds(5));
    CHECK(logged("does not ask for it") == 1);
    CHECK(ask(front, FrontEnd::resume(1)).kind == Kind::Closed);
}

TEST_CASE_METHOD(Surviving,
                 "contexts whose device went while there was no supervisor end at once") {
    CHECK(open(front, 1).empty());
    die();
    const std::string manner = GENERATE("gone", "anew", "front end gone", "offline", "closing");
    if (manner == "gone" || manner == "anew") remove_directories();
    if (manner == "anew") attach();
    if (manner == "front end gone") fake::remove_node(front.path("").substr(0, 29));
    if (manner == "offline") fake::write_node(backend("online"), "0");
    if (manner == "closing") front.set_state(BusState::Closing);
    serve();
    if (manner == "anew") {
        connect(front);
        CHECK(open(front, 1).empty());
    }
    until_dead(0);
    until("the old context ends", [&] { return contexts() == (manner == "anew" ? 1 : 0); });
}

TEST_CASE_METHOD(Surviving, "a worker waits for the next supervisor no longer than it may") {
    set_manner("impatient");
    CHECK(open(front, 1).empty());
    set_manner("");
    CHECK(open(front, 2).empty());
    settle();
    die();
    wait_for("the worker ends", [&] { return !lives(0); });
    CHECK(lives(1));
}

TEST_CASE_METHOD(Surviving, "an orderly stop ends contexts at once, resumed ones too") {
    CHECK(open(front, 1).empty());
    if (GENERATE(false, true)) {
        start_again();
        if (GENERATE(false, true)) done(ask(front, FrontEnd::resume(1)));
    }
    const auto begin = std::chrono::steady_clock::now();
    stop();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
    CHECK_FALSE(lives(0));
}

TEST_CASE_METHOD(Surviving, "a request that was under way when the supervisor died harms nothing") {
    CHECK(open(front, 1).empty());
    Granted granted = front.grant(4);
    front.send(FrontEnd::add_region(1, 1, granted.list()));
    if (GENERATE(false, true)) turn();
    start_again();
    done(ask(front, FrontEnd::resume(1)));
    // The worker has it or has not; afterwards it has not.
    ask(front, FrontEnd::remove_region(1, 1));
    add_region(front, 1, 2);
}

TEST_CASE_METHOD(Surviving, "the memory limit holds on over a restart") {
    fake::write_node(backend("memory-limit-mb"), "1");
    settle();
    CHECK(open(front, 1).empty());
    Granted much = front.grant(60 << 8);  // 60 of 65 MiB
    done(ask(front, FrontEnd::add_region(1, 1, much.list())));
    start_again();
    done(ask(front, FrontEnd::resume(1)));
    Granted more = front.grant(6 << 8);
    CHECK(ask(front, FrontEnd::add_region(1, 2, more.list())).text.find("memory limit") !=
          std::string::npos);
    done(ask(front, FrontEnd::remove_region(1, 1)));
    done(ask(front, FrontEnd::add_region(1, 2, more.list())));
}

TEST_CASE_METHOD(Surviving, "a hundred restarts leave nothing behind") {
    CHECK(open(front, 1).empty());
    Granted region = add_region(front, 1, 1);
    start_again();
    done(ask(front, FrontEnd::resume(1)));
    settle();
    const Held before = held();
    for (std::uint32_t i = 0; i < 100; ++i) {
        start_again();
        done(ask(front, FrontEnd::resume(1)));
        done(ask(front, FrontEnd::remove_region(1, 1 + i)));
        region = add_region(front, 1, 2 + i);
    }
    settle();
    CHECK(held() == before);
    CHECK(ask(front, FrontEnd::close(1)).kind == Kind::Closed);
    CHECK(std::filesystem::exists(slots().account_path(kDvm, 0)));
    const std::string account = slots().account_path(kDvm, 0);
    stop();
    CHECK_FALSE(std::filesystem::exists(account));
}

}  // namespace
}  // namespace vgpu::gpud
