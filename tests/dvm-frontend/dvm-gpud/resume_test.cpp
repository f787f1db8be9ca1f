// The service in the GVM dies and comes again: what applications notice of it.
#include <thread>

#include "ring/layout.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "transport/local/shared_memory.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {
namespace {

using transport::Refusal;
using Kind = transport::Request::Kind;
using Asked = transport::xen::LinkRequest::Kind;

constexpr std::uint64_t kMiB = 1 << 20;

struct Resuming : World {
    Resuming() {
        start();
        app = open_app();
    }
    std::size_t count(Asked kind) const {
        std::size_t all = 0;
        for (const auto& request : gvm->requests) all += request.kind == kind;
        return all;
    }
    std::unique_ptr<App> app;
};

TEST_CASE_METHOD(Resuming, "contexts outlive the service, and its successor goes on with them") {
    auto other = open_app();
    REQUIRE(ask(*app, Kind::AddRegion, 1, kMiB)->refusal == "");
    const std::size_t used = broker->budget().used();
    for (int i = 0; i < 3; ++i) {
        kill_gvm();
        if (i != 1) settle();
        start_gvm_again();
        CHECK(connected());
        CHECK_FALSE(app->gone());
        CHECK_FALSE(other->gone());
        CHECK(count(Asked::Resume) == 2);
        CHECK(broker->budget().used() == used);
    }
    CHECK(ask(*app, Kind::OpenChannel, 1, 4096, 2)->refusal == "");
    CHECK(ask(*app, Kind::AddRegion, 2, kMiB)->refusal == "");
    CHECK(ask(*app, Kind::RemoveRegion, 2, 0)->refusal == "");
    CHECK(ask(*app, Kind::RemoveRegion, 1, 0)->refusal == "");
    auto third = open_app();
    CHECK(gvm->contexts.size() == 3);
    CHECK(gvm->contexts.rbegin()->first == 3);  // ids grow over links
    for (App* each : {app.get(), other.get(), third.get()}) {
        each->hang_up();
        each->fds.clear();
    }
    settle();
    CHECK(broker->applications() == 0);
    CHECK(broker->budget().used() == 0);
    CHECK(gvm->contexts.empty());
    CHECK(gvm->trouble == "");
    CHECK(fake::granted_pages(kDvm) == kLinkPages);
}

TEST_CASE_METHOD(Resuming, "what is asked while there is no service waits for the next one") {
    kill_gvm();
    settle();
    app->ask(Kind::AddRegion, 1, kMiB);
    settle();
    CHECK_FALSE(app->ack());
    const bool dies_again = GENERATE(false, true);
    if (dies_again) {
        start_gvm();
        gvm->answers = false;
        settle();
        gvm.reset();  // which has answered nothing
        settle();
        CHECK_FALSE(app->ack());
        CHECK_FALSE(app->gone());
        return;
    }
    start_gvm_again();
    const auto ack = app->ack();
    REQUIRE(ack);
    CHECK(ack->refusal == "");
    CHECK(app->fds.size() == 1);
    CHECK(gvm->contexts.at(1).regions.count(1) == 1);
}

TEST_CASE_METHOD(Resuming, "an application that asks twice while it waits is hung up") {
    kill_gvm();
    settle();
    app->ask(Kind::AddRegion, 1, kMiB);
    app->ask(Kind::AddRegion, 2, kMiB);
    settle();
    CHECK(app->gone());
    start_gvm_again();
    CHECK(gvm->contexts.empty());
    CHECK(broker->budget().used() == 0);
}

TEST_CASE_METHOD(Resuming,
                 "a region that was asked for when the service died is refused and settled") {
    gvm->answers = false;
    app->ask(Kind::AddRegion, 1, kMiB);
    settle();
    REQUIRE(count(Asked::AddRegion) == 1);
    const bool mapped = GENERATE(false, true);
    if (mapped) gvm->answer(gvm->requests.back());
    kill_gvm();
    settle();
    if (mapped && broker->device().link() == nullptr) {
        // The answer lay in the ring, and went with it.
        const auto ack = app->ack();
        REQUIRE(ack);
        if (ack->refusal.empty()) return;
        CHECK(ack->refusal.find("has died") != std::string::npos);
    }
    CHECK(broker->budget().used() == kControlPages + 256 + 1);  // perhaps it is mapped
    start_gvm_again();
    CHECK(count(Asked::RemoveRegion) == 1);
    CHECK(gvm->contexts.at(1).regions.count(1) == 0);
    CHECK(broker->budget().used() == kControlPages);
    CHECK(ask(*app, Kind::AddRegion, 2, kMiB));
}

TEST_CASE_METHOD(Resuming, "a region that was being removed when the service died is removed") {
    REQUIRE(ask(*app, Kind::AddRegion, 1, kMiB)->refusal == "");
    gvm->answers = false;
    app->ask(Kind::RemoveRegion, 1, 0);
    settle();
    kill_gvm();
    settle();
    const auto ack = app->ack();
    REQUIRE(ack);
    CHECK(ack->refusal == "");
    start_gvm_again();
    CHECK(gvm->contexts.at(1).regions.count(1) == 0);
    CHECK(broker->budget().used() == kControlPages);
}

TEST_CASE_METHOD(Resuming, "an application that ends while there is no service ends its context") {
    kill_gvm();
    settle();
    app->hang_up();
    app->fds.clear();
    settle();
    CHECK(broker->budget().used() == kControlPages);  // mapped by the worker still
    start_gvm_again();
    CHECK(gvm->contexts.empty());
    CHECK(broker->applications() == 0);
    CHECK(broker->budget().used() == 0);
    CHECK(connected());
}

TEST_CASE_METHOD(
    Resuming, "an application whose Open was under way gets another context, and the first ends") {
    gvm->answers = false;
    auto other = new_app();
    other->say_hello();
    settle();
    REQUIRE(count(Asked::Open) == 2);
    gvm->contexts[2];  // its worker has begun
    kill_gvm();
    settle();
    start_gvm_again();
    const auto welcome = other->welcome();
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::None);
    CHECK(gvm->contexts.count(1) == 1);
    CHECK(gvm->contexts.count(2) == 0);
    CHECK(gvm->contexts.count(3) == 1);
    CHECK(broker->budget().used() == 2 * kControlPages);
    CHECK(gvm->trouble == "");
}

TEST_CASE_METHOD(Resuming, "a context that the next service does not have is lost, and no other") {
    auto other = open_app();
    kill_gvm();
    settle();
    start_gvm();
    gvm->contexts[2];
    settle();
    CHECK(app->gone());
    CHECK_FALSE(other->gone());
    CHECK(broker->applications() == 1);
    CHECK(connected());
}

struct Impatient : World {
    Impatient() {
        service.resume_within = std::chrono::milliseconds(100);
        start();
        app = open_app();
    }
    std::unique_ptr<App> app;
};

TEST_CASE_METHOD(Impatient, "contexts end when no service comes back in time") {
    kill_gvm();
    settle();
    CHECK_FALSE(app->gone());
    sleep(std::chrono::milliseconds(150));
    CHECK(app->gone());
    app->fds.clear();
    CHECK(broker->applications() == 0);
    CHECK(broker->budget().used() == 0);
}

TEST_CASE_METHOD(Impatient, "contexts end when the next service resumes nothing in time") {
    kill_gvm();
    start_gvm();
    gvm->answers = false;
    settle();
    CHECK(connected());
    CHECK_FALSE(app->gone());
    sleep(std::chrono::milliseconds(150));
    CHECK(app->gone());
    CHECK(connected());
}

TEST_CASE_METHOD(Resuming, "a device that is closed or goes while there is no service ends all") {
    kill_gvm();
    settle();
    CHECK_FALSE(app->gone());
    const std::string way = GENERATE("detached", "closed", "domain destroyed");
    if (way == "detached") detach();
    if (way == "closed") fake::write_node(kBack + "/state", "6");
    if (way == "domain destroyed") fake::remove_domain(kGvm);
    settle();
    CHECK(app->gone());
    CHECK(broker->applications() == 0);
    CHECK(broker->budget().used() == 0);
}

TEST_CASE_METHOD(Resuming, "a service that closes the device in order ends all at once") {
    gvm->close();
    settle();
    CHECK(app->gone());
    CHECK(broker->applications() == 0);
}

TEST_CASE_METHOD(Resuming, "a hundred deaths of the service leave nothing behind") {
    kill_gvm();
    start_gvm_again();
    settle();
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 100; ++i) {
        kill_gvm();
        settle();
        start_gvm_again();
        REQUIRE_FALSE(app->gone());
    }
    CHECK(open_descriptors() == before);
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages);
}

}  // namespace
}  // namespace vgpu::broker::test
