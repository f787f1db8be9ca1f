// A device's directories appear at once, with their permissions, and vanish when its end is over.
#include <cerrno>
#include <nlohmann/json.hpp>
#include <thread>

#include "fake_host.h"
#include "gvmctl/xenstore.h"
#include "tests/catch.h"

using namespace vgpu::gvmctl;
namespace fake = vgpu::fake;

namespace {

// gvm-gpud as far as detach sees it: closes when it is told to.
void close_when_offline() {
    const fake::InDomain in(3);
    Xenstore store;
    store.wait_for({kBackend}, std::chrono::seconds(20),
                   [&] { return store.read(kBackend + "/online") == "0"; });
    store.write(kBackend + "/state", "6");
}

}  // namespace

TEST_CASE("attach makes both directories with the permissions of their owners") {
    const FakeHost host;
    const Outcome outcome = host.gvmctl({"attach", "dvm"});
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.out, "600 grant frames: 1200 MiB"));
    CHECK(fake::permissions_of(kFrontend) == "n5,r3");
    CHECK(fake::permissions_of(kBackend) == "n3,r5");
    for (const std::string& path : fake::nodes_below(kFrontend)) {
        CHECK(fake::permissions_of(path) == "n5,r3");
    }
    for (const std::string& path : fake::nodes_below(kBackend)) {
        CHECK(fake::permissions_of(path) == "n3,r5");
    }
    CHECK(fake::read_node(kFrontend + "/backend") == kBackend);
    CHECK(fake::read_node(kFrontend + "/backend-id") == "3");
    CHECK(fake::read_node(kFrontend + "/grant-frames-max") == "600");
    CHECK(fake::read_node(kFrontend + "/state") == "1");
    CHECK(fake::read_node(kBackend + "/frontend") == kFrontend);
    CHECK(fake::read_node(kBackend + "/frontend-id") == "5");
    CHECK(fake::read_node(kBackend + "/online") == "1");
    CHECK(fake::read_node(kBackend + "/state") == "1");
}

TEST_CASE("the ends of an attached device can do their part, and strangers cannot") {
    const FakeHost host;
    fake::add_domain(7, "stranger");
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    const auto writes = [](unsigned domain, const std::string& path) {
        const fake::InDomain in(domain);
        try {
            Xenstore().write(path, "2");
            return true;
        } catch (const std::exception&) {
            return false;
        }
    };
    const auto reads = [](unsigned domain, const std::string& path) {
        const fake::InDomain in(domain);
        try {
            return Xenstore().read(path).has_value();
        } catch (const std::exception&) {
            return false;
        }
    };
    CHECK(writes(5, kFrontend + "/state"));
    CHECK(writes(3, kBackend + "/state"));
    CHECK(writes(3, kBackend + "/stats/contexts"));
    CHECK(reads(3, kFrontend + "/state"));
    CHECK(reads(5, kBackend + "/state"));
    CHECK_FALSE(writes(5, kBackend + "/state"));
    CHECK_FALSE(writes(5, kBackend + "/memory-limit-mb"));
    CHECK_FALSE(writes(3, kFrontend + "/state"));
    CHECK_FALSE(reads(7, kFrontend + "/state"));
    CHECK_FALSE(reads(7, kBackend + "/state"));
}

TEST_CASE("attach takes domains by number, another GVM, other devices, and settings") {
    const FakeHost host;
    fake::add_domain(9, "other");
    const Outcome outcome = host.gvmctl({"--json", "attach", "5", "--gvm", "9", "--device", "2",
                                         "--set", "contexts-max=7", "log-level=debug"});
    CHECK(outcome.status == 0);
    const auto data = nlohmann::json::parse(outcome.out);
    CHECK(data["backend"] == "/local/domain/9/backend/vgpu/5/2");
    CHECK(data["grant_frames_max"] == 600);
    CHECK(fake::read_node("/local/domain/9/backend/vgpu/5/2/contexts-max") == "7");
    CHECK(fake::read_node("/local/domain/9/backend/vgpu/5/2/log-level") == "debug");
}

TEST_CASE("attach is seen whole or not at all, however it fails") {
    // Each write of the transaction in turn, then the transaction itself.
    for (int skip = 0; skip < 10; ++skip) {
        for (const char* function : {"xs_write", "xs_mkdir", "xs_set_permissions",
                                     "xs_transaction_start", "xs_transaction_end"}) {
            const FakeHost host;
            fake::fail({function, EIO, "", skip, 1});
            const auto before = fake::nodes_below("/local");
            const Outcome outcome = host.gvmctl({"attach", "dvm"});
            INFO(function << " after " << skip << ": " << outcome.all());
            const bool attached = fake::read_node(kBackend + "/state").has_value();
            CHECK(attached == (outcome.status == 0));
            if (!attached) CHECK(fake::nodes_below("/local") == before);
            CHECK(fake::open_things().handles == 0);
            CHECK(fake::open_hypervisors() == 0);
        }
    }
}

TEST_CASE("attach begins again when others were in between, and gives up when they always are") {
    const FakeHost host;
    fake::disturb_transactions(3);
    CHECK(host.gvmctl({"attach", "dvm"}).status == 0);
    fake::disturb_transactions(1000);
    const Outcome outcome = host.gvmctl({"attach", "dvm", "--device", "1"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.error, "Try again"));
}

TEST_CASE("a device is attached once") {
    const FakeHost host;
    CHECK(host.gvmctl({"attach", "dvm"}).status == 0);
    const Outcome again = host.gvmctl({"attach", "dvm"});
    CHECK(again.status == 1);
    CHECK(contains(again.error, "attached already, to gvm (3)"));
    CHECK(contains(again.error, "gvmctl detach dvm"));
    CHECK(host.gvmctl({"attach", "dvm", "--device", "1"}).status == 0);
}

TEST_CASE("detach waits until the back end has closed, then removes both directories") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    fake::write_node(kBackend + "/state", "4");
    std::thread gvm(close_when_offline);
    const Outcome outcome = host.gvmctl({"detach", "dvm"});
    gvm.join();
    CHECK(outcome.status == 0);
    CHECK(fake::nodes_below(kFrontend).empty());
    CHECK(fake::nodes_below("/local/domain/3/backend/vgpu/5").empty());
    CHECK(fake::open_things().watches == 0);
    CHECK(host.gvmctl({"attach", "dvm"}).status == 0);
}

TEST_CASE("detach gives up in time, and says what to do") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    fake::write_node(kBackend + "/state", "4");
    const Outcome outcome = host.gvmctl({"detach", "dvm", "--timeout", "0"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.error, "gvmctl detach --force dvm"));
    CHECK(fake::read_node(kBackend + "/online") == "0");
    CHECK(fake::read_node(kFrontend + "/state") == "1");
    CHECK(host.gvmctl({"detach", "dvm", "--force"}).status == 0);
    CHECK(fake::nodes_below(kBackend).empty());
}

TEST_CASE("detach does not wait for a back end that has never begun") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    CHECK(host.gvmctl({"detach", "dvm", "--timeout", "0"}).status == 0);
    CHECK(fake::nodes_below(kBackend).empty());
}

TEST_CASE("a domain that the hypervisor does not know is not attached") {
    const FakeHost host;
    fake::remove_hypervisor_domain(5);
    fake::add_hypervisor_domain(6, "PVH", 700);  // which it names in its place
    const Outcome outcome = host.gvmctl({"attach", "dvm"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.error, "starting or ending"));
    CHECK(fake::nodes_below(kFrontend).empty());
}

TEST_CASE("a device of a domain that is gone can be detached by number") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    fake::remove_domain(5);
    CHECK(contains(host.gvmctl({"list"}).out, "the DVM is gone"));
    CHECK(host.gvmctl({"detach", "5", "--force"}).status == 0);
    CHECK(fake::nodes_below(kBackend).empty());
    CHECK(fake::nodes_below("/local/domain/5").empty());
}

TEST_CASE("a device whose GVM is gone is removed without a wait, and attached to the next GVM") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    fake::remove_domain(3);
    CHECK(contains(host.gvmctl({"list"}).out, "the GVM is gone"));
    CHECK(host.gvmctl({"detach", "dvm"}).status == 0);
    fake::add_domain(8, "gvm");
    CHECK(host.gvmctl({"attach", "dvm"}).status == 0);
    CHECK(fake::read_node(kFrontend + "/backend-id") == "8");
}

TEST_CASE("a DVM that lies about its back end is believed only where there is none") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    {
        const fake::InDomain in(5);
        Xenstore().write("device/vgpu/0/backend-id", "0");
    }
    CHECK(contains(host.gvmctl({"list"}).out, "gvm (3)"));
    CHECK(host.gvmctl({"detach", "dvm", "--force"}).status == 0);
    CHECK(fake::nodes_below(kBackend).empty());
}
