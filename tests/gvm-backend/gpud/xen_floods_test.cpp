// Guests that ask, ring and write without end keep nobody else waiting, and cost bounded memory.
#include "tests/catch.h"
#include "xen-fake/fake_state.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;
using Kind = LinkReply::Kind;

// A link is served when its bell rings, and once more by the timer that the rest is left to.
constexpr int kServedPerTurn = 2;
// Some 20 ms, on a machine that is not busy.
constexpr std::chrono::seconds kPatience{5};

// Counts calls of a function of Xen's: the fake counts those that work before one that never comes.
class Calls {
  public:
    explicit Calls(const std::string& function) : index_(fake::state().failures.size()) {
        fake::fail({function, EIO, "", kNever});
    }
    int count() const { return kNever - fake::state().failures.at(index_).skip; }

  private:
    static constexpr int kNever = 1 << 30;
    std::size_t index_;
};

struct TwoDomains : XenWorld {
    TwoDomains() {
        fake::add_domain(6, "another");
        // As large as they become, so that answers are worth more than questions.
        service().welcome.command_hashes.resize(8000);
        attach();
        attach(6);
        serve();
        connect(hostile);
        connect(honest);
    }
    // What the other domain's program needs, while this is done before each turn.
    template <typename Flood>
    void is_served_during(Flood flood) {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        const auto ask_during = [&](const LinkRequest& request) {
            honest.send(request);
            std::optional<LinkReply> reply;
            while (!reply && std::chrono::steady_clock::now() < end) {
                flood();
                turn();
                reply = honest.receive();
            }
            REQUIRE(reply);
            return *reply;
        };
        CHECK(ask_during(honest.open_request(1)).kind == Kind::Opened);
        Granted granted = honest.grant(1);
        CHECK(ask_during(FrontEnd::add_region(1, 1, granted.list())).text.empty());
        CHECK(ask_during(FrontEnd::close(1)).kind == Kind::Closed);
    }
    LinkRequest query() {
        LinkRequest request = hostile.open_request(1);
        return {.kind = LinkRequest::Kind::Query, .hello = request.hello};
    }
    FrontEnd hostile, honest{6};
};

TEST_CASE_METHOD(TwoDomains, "a flood of questions keeps no other domain waiting") {
    const LinkRequest question = query();
    is_served_during([&] {
        for (int i = 0; i < 20; ++i) hostile.send(question);
    });
    CHECK(is_state(BusState::Connected));
}

TEST_CASE_METHOD(TwoDomains, "who asks faster than it reads gets every answer, when it reads") {
    const LinkRequest question = query();
    for (int i = 0; i < 300; ++i) hostile.send(question);
    settle();
    for (int i = 0; i < 300; ++i) CHECK(reply(hostile).kind == Kind::Opened);
    CHECK(is_state(BusState::Connected));
}

TEST_CASE_METHOD(TwoDomains, "a flood of bells keeps no other domain waiting") {
    is_served_during([&] {
        for (int i = 0; i < 1000; ++i) hostile.ring_bell();
    });
}

TEST_CASE_METHOD(TwoDomains, "a flood of xenstore writes keeps no other domain waiting") {
    int value = 0;
    is_served_during([&] {
        for (int i = 0; i < 500; ++i) hostile.write("noise", std::to_string(++value));
    });
    CHECK(is_state(BusState::Connected));
}

TEST_CASE_METHOD(TwoDomains, "a flood of states is followed now and then, to the last one") {
    const int before = logged("Device 0 of domain 5: ");
    is_served_during([&] {
        hostile.set_state(BusState::Closed);
        turn();
        hostile.set_state(BusState::Initialising);
    });
    for (int i = 0; i < 300; ++i) {
        hostile.set_state(i % 2 == 0 ? BusState::Closed : BusState::Initialising);
        turn();
    }
    until("the last one", [&] { return is_state(BusState::InitWait); });
    CHECK(logged("Device 0 of domain 5: ") - before < 200);
}

TEST_CASE_METHOD(TwoDomains, "a turn answers a bounded number of questions") {
    const LinkRequest question = query();
    for (int i = 0; i < 200; ++i) hostile.send(question);
    turn();
    int answers = 0;
    while (hostile.receive()) ++answers;
    CHECK(answers <= 32 * kServedPerTurn);
}

TEST_CASE_METHOD(TwoDomains,
                 "a turn starts few contexts, and a flood of them keeps nobody waiting") {
    std::uint32_t id = 0;
    for (; id < 5; ++id) hostile.send(hostile.open_request(id + 1));
    for (std::size_t started = 0; contexts() < 5;) {
        turn();
        REQUIRE(contexts() <= started + kServedPerTurn);
        started = contexts();
    }
    is_served_during([&] {
        if (id > 30) return;
        hostile.send(FrontEnd::close(id));
        hostile.send(hostile.open_request(++id));
        hostile.receive();
    });
}

TEST_CASE_METHOD(TwoDomains,
                 "a turn reads few long directories, and a flood of them keeps nobody waiting") {
    set_manner("silent");
    for (std::uint32_t id = 1; id <= 3; ++id) CHECK(open(hostile, id).empty());
    set_manner("");
    const Calls prepared("prepare_grant_mapping");
    for (std::uint32_t id = 1; id <= 3; ++id)
        hostile.send(FrontEnd::add_region(id, 1, {1 << 30, hostile.circular_directory()}));
    for (int before = 0; prepared.count() < 3; before = prepared.count()) {
        turn();
        REQUIRE(prepared.count() <= before + kServedPerTurn);
    }
    is_served_during([] {});
}

TEST_CASE_METHOD(TwoDomains, "a flood of xenstore writes is looked at now and then") {
    settle();
    const Calls reads("xs_read");
    for (int i = 0; i < 1000; ++i) {
        hostile.write("noise", std::to_string(i));
        turn();
    }
    const int looks = reads.count() / 8;  // a look reads that many nodes at least
    CHECK(looks >= 1);
    CHECK(looks < 200);
}

TEST_CASE_METHOD(TwoDomains, "connecting again and again is slowed down") {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i) connect(hostile);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(600));
    is_served_during([] {});
}

}  // namespace
}  // namespace vgpu::gpud
