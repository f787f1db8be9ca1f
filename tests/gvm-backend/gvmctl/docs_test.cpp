// docs/admin.md shows what gvmctl prints, and names every key, every check and every command.
//
// After a change of what gvmctl prints, `test_gvmctl_docs "[print]"` prints the new examples.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "gvmctl/doctor/check.h"
#include "healthy.h"
#include "tests/catch.h"
#include "transport/xen/tuning.h"

using namespace vgpu::gvmctl;
namespace fake = vgpu::fake;

namespace {

std::string admin_page() {
    std::ifstream stream(VGPU_ADMIN_PAGE);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct Example {
    std::vector<std::string> arguments;
    unsigned domain = 0;
};

std::string shown(const FakeHost& host, const Example& example) {
    const fake::InDomain in(example.domain);
    std::string text = "$ gvmctl";
    for (const std::string& each : example.arguments) text += " " + each;
    const Outcome outcome = host.gvmctl(example.arguments);
    return text + "\n" + outcome.out + outcome.error;
}

void let_gpud_serve() {
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"state", "4"},
                                            {"versions", "1"},
                                            {"device-name", "AMD Radeon RX 6600"},
                                            {"stats/contexts", "2"},
                                            {"stats/memory-bytes", "326107136"},
                                            {"stats/frames", "5210"},
                                            {"stats/gpu-time-us", "20931250"}}) {
        fake::write_node(kBackend + "/" + name, value);
    }
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"state", "4"}, {"version", "1"}, {"ring-ref", "9"}, {"event-channel", "14"}}) {
        fake::write_node(kFrontend + "/" + name, value);
    }
}

// The examples of the page, in its order, each on the host that the earlier ones left.
std::vector<std::string> session() {
    std::vector<std::string> examples;
    HealthyDom0 host;
    host.gvmctl({"detach", "dvm", "--force"});
    examples.push_back(
        shown(host, {{"attach", "dvm", "--gvm", "gvm", "--set", "memory-limit-mb=2048"}}));
    let_gpud_serve();
    for (const Example& each : std::vector<Example>{
             {{"list"}},
             {{"show", "dvm"}},
             {{"set", "dvm", "contexts-max=16", "log-level=debug"}},
             {{"set", "dvm", "memory-limit-mb=0"}},
             {{"get", "dvm"}},
             {{"unset", "dvm", "contexts-max"}},
             {{"top", "--once"}},
             {{"list", "--json"}},
             {{"doctor"}},
             {{"detach", "dvm", "--timeout", "0"}},
             {{"detach", "dvm", "--force"}},
         }) {
        examples.push_back(shown(host, each));
    }
    examples.push_back(shown(HealthyGvm(), {{"doctor"}, 3}));
    HealthyDvm dvm;
    dvm.machine.files["/sys/module/xen_gntalloc/parameters/limit"] = "1024\n";
    dvm.machine.nodes.erase("/run/xen-vgpu/gpud.sock");
    examples.push_back(shown(dvm, {{"doctor"}, 5}));
    return examples;
}

}  // namespace

TEST_CASE("the examples of the administrator's page are what gvmctl prints") {
    const std::string page = admin_page();
    for (const std::string& each : session()) {
        INFO(each);
        CHECK(contains(page, each));
    }
}

TEST_CASE("prints the examples of the administrator's page", "[.][print]") {
    for (const std::string& each : session()) std::printf("%s\n", each.c_str());
}

TEST_CASE("the administrator's page names every key with its default and range") {
    const std::string page = admin_page();
    for (const auto& key : vgpu::transport::xen::tuning_keys()) {
        const std::string row = line_of(page, std::string("| `") + key.name + "` |");
        INFO(key.name << ": " << row);
        CHECK(contains(row, key.range));
        CHECK(contains(row, key.effect));
        if (*key.default_value) CHECK(contains(row, std::string("`") + key.default_value + "`"));
    }
}

TEST_CASE("the administrator's page names every check of doctor") {
    const std::string page = admin_page();
    for (const auto* checks :
         {&host_checks(), &device_checks(), &kernel_checks(), &guest_checks()}) {
        for (const Check& each : *checks) {
            INFO(each.name);
            CHECK_FALSE(line_of(page, std::string("| `") + each.name + "` |").empty());
        }
    }
}

TEST_CASE("the administrator's page names every command") {
    const std::string page = admin_page();
    for (const char* each : {"attach", "detach", "create", "watch", "list", "show", "set", "get",
                             "unset", "top", "doctor"}) {
        CHECK(contains(page, std::string("gvmctl ") + each));
    }
}
