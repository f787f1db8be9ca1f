// Every command in every bad situation ends with a sentence, changes nothing and leaks nothing.
#include <cerrno>
#include <functional>
#include <nlohmann/json.hpp>

#include "fake_host.h"
#include "tests/catch.h"

using namespace vgpu::gvmctl;
namespace fake = vgpu::fake;

namespace {

using Words = std::vector<std::string>;

// Those that speak to xenstore, on a host whose DVM has its device.
const std::vector<Words> kCommands = {{"attach", "dvm", "--device", "1"},
                                      {"detach", "dvm", "--force"},
                                      {"list"},
                                      {"show", "dvm"},
                                      {"set", "dvm", "contexts-max=3"},
                                      {"get", "dvm"},
                                      {"unset", "dvm", "contexts-max"},
                                      {"top", "--once"}};

void check_refusal(const FakeHost& host, Words words, int status) {
    words.push_back("--json");
    const auto before = fake::nodes_below("/local");
    const Outcome outcome = host.gvmctl(words);
    std::string line;
    for (const std::string& each : words) line += each + " ";
    INFO(line << "-> " << outcome.all());
    CHECK(outcome.status == status);
    CHECK(outcome.error.size() > 20);
    for (const char c : outcome.error) CHECK(((c >= 0x20 && c < 0x7f) || c == '\n'));
    if (status == 1) {
        const auto data = nlohmann::json::parse(outcome.out);
        CHECK(outcome.error == "gvmctl: " + data["error"].get<std::string>() + "\n");
    }
    CHECK(fake::nodes_below("/local") == before);
    CHECK(fake::open_things().handles == 0);
    CHECK(fake::open_hypervisors() == 0);
}

struct AttachedHost : FakeHost {
    AttachedHost() { gvmctl({"attach", "dvm"}); }
};

}  // namespace

TEST_CASE("no command works where xenstored does not run") {
    const AttachedHost host;
    fake::set_xenstore_running(false);
    for (const Words& each : kCommands) check_refusal(host, each, 1);
    check_refusal(host, {"watch", "--once"}, 1);
}

TEST_CASE("no command but doctor works in a guest") {
    for (const unsigned domain : {3u, 5u, 7u}) {
        const AttachedHost host;
        const fake::InDomain in(domain);
        fake::fail_hypervisor(EPERM, EPERM);
        for (const Words& each : kCommands) check_refusal(host, each, 1);
    }
}

TEST_CASE("no command works when xenstore denies, forgets or breaks") {
    for (const int error : {EACCES, EIO, ENOSPC, ENOMEM, E2BIG}) {
        for (const Words& each : kCommands) {
            const AttachedHost host;
            fake::fail({"xs_directory", error, "/local/domain", 0, 1000});
            check_refusal(host, each, 1);
        }
    }
}

TEST_CASE("each failing call of each command is a sentence or does not matter") {
    for (const char* function :
         {"xs_read", "xs_write", "xs_directory", "xs_mkdir", "xs_rm", "xs_set_permissions",
          "xs_get_permissions", "xs_transaction_start", "xs_transaction_end"}) {
        for (const Words& each : kCommands) {
            for (int skip = 0; skip < 40; skip += skip < 6 ? 1 : 7) {
                const AttachedHost host;
                fake::fail({function, EIO, "", skip, 1});
                const auto before = fake::nodes_below("/local");
                const Outcome outcome = host.gvmctl(each);
                INFO(function << " after " << skip << ", " << each[0] << ": " << outcome.all());
                CHECK((outcome.status == 0 || outcome.error.size() > 20));
                if (outcome.status != 0) CHECK(fake::nodes_below("/local") == before);
                CHECK(fake::open_things().handles == 0);
            }
        }
    }
}

TEST_CASE("a domain that does not exist is named, with those that do") {
    for (const std::string name : {"nobody", "77", "-1", "", "dvm\x1b[31m", "5x", "99999999999"}) {
        for (Words each : kCommands) {
            if (each[0] == "list" || each[0] == "top") continue;
            const AttachedHost host;
            each[1] = name;
            if (name.empty() || name[0] == '-') {
                CHECK(host.gvmctl(each).status != 0);
                continue;
            }
            check_refusal(host, each, 1);
            CHECK(contains(host.gvmctl(each).error, "dvm (5)"));
        }
    }
}

TEST_CASE("attach refuses a GVM that is not there, the DVM itself, and dom0") {
    const FakeHost host;
    check_refusal(host, {"attach", "dvm", "--gvm", "nobody"}, 1);
    check_refusal(host, {"attach", "dvm", "--gvm", "dvm"}, 1);
    check_refusal(host, {"attach", "0"}, 1);
    fake::remove_domain(3);
    check_refusal(host, {"attach", "dvm"}, 1);
    CHECK(contains(host.gvmctl({"attach", "dvm"}).error, "There is no GVM \"gvm\""));
}

TEST_CASE("attach refuses without the hypervisor's answer") {
    const FakeHost host;
    fake::fail_hypervisor(EACCES, 0);
    check_refusal(host, {"attach", "dvm"}, 1);
    fake::fail_hypervisor(0, EPERM);
    check_refusal(host, {"attach", "dvm"}, 1);
}

TEST_CASE("keys and values that make no sense are refused by attach, set, get and unset") {
    const AttachedHost host;
    for (const std::string setting :
         {"contexts-max", "=3", "speed=1", "contexts-max=0", "contexts-max=\x1b[2J", "gpu=x",
          "features=VK_X", "state=6", "memory-limit-mb=4 GiB"}) {
        check_refusal(host, {"set", "dvm", setting}, 1);
        check_refusal(host, {"attach", "dvm", "--device", "1", "--set", setting}, 1);
    }
    for (const std::string key : {"speed", "state", "online", "../5"}) {
        check_refusal(host, {"get", "dvm", key}, 1);
        check_refusal(host, {"unset", "dvm", key}, 1);
    }
}

TEST_CASE("a device that is not there can be neither shown, tuned nor detached") {
    const FakeHost host;
    for (const Words& each : std::vector<Words>{{"detach", "dvm"},
                                                {"show", "dvm"},
                                                {"get", "dvm"},
                                                {"set", "dvm", "contexts-max=3"},
                                                {"unset", "dvm", "contexts-max"}}) {
        check_refusal(host, each, 1);
        CHECK(contains(host.gvmctl(each).error, "gvmctl attach dvm"));
    }
}

TEST_CASE("arguments that make no sense have the exit status 2") {
    const FakeHost host;
    for (const Words& each : std::vector<Words>{{},
                                                {"frobnicate"},
                                                {"attach"},
                                                {"attach", "dvm", "--speed"},
                                                {"detach", "dvm", "--timeout", "x"},
                                                {"detach", "dvm", "--timeout", "-1"},
                                                {"set", "dvm"},
                                                {"doctor", "--as", "host"},
                                                {"attach", "dvm", "--device", "256"}}) {
        check_refusal(host, each, 2);
    }
    CHECK(host.gvmctl({"--help"}).status == 0);
}
