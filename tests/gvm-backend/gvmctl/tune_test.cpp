// Tuning keys are set whole or not at all, read with their defaults, and given these back.
#include <nlohmann/json.hpp>

#include "fake_host.h"
#include "tests/catch.h"
#include "transport/xen/tuning.h"

using namespace vgpu::gvmctl;
using vgpu::transport::xen::tuning_keys;
namespace fake = vgpu::fake;

TEST_CASE("set writes what the back end reads, for each key") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    for (const auto& key : tuning_keys()) {
        const std::string setting = std::string(key.name) + "=" + key.example;
        const Outcome outcome = host.gvmctl({"set", "dvm", setting});
        INFO(setting << outcome.all());
        CHECK(outcome.status == 0);
        CHECK(fake::read_node(kBackend + "/" + key.name) == key.example);
        CHECK(fake::permissions_of(kBackend + "/" + key.name) == "n3,r5");
    }
}

TEST_CASE("one bad setting among good ones changes nothing") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm", "--set", "contexts-max=3"}).status == 0);
    const Outcome outcome = host.gvmctl({"set", "dvm", "contexts-max=9", "memory-limit-mb=0"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.error, "memory-limit-mb cannot be \"0\": it takes 1 to 16777216 MiB"));
    CHECK(contains(outcome.error, "Nothing is changed."));
    CHECK(fake::read_node(kBackend + "/contexts-max") == "3");
}

TEST_CASE("get shows what is set and what holds by default") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm", "--set", "memory-limit-mb=100"}).status == 0);
    const auto data = nlohmann::json::parse(host.gvmctl({"get", "dvm", "--json"}).out);
    CHECK(data.size() == tuning_keys().size());
    CHECK(data["memory-limit-mb"]["value"] == "100");
    CHECK(data["memory-limit-mb"]["default"] == false);
    CHECK(data["contexts-max"]["value"] == "64");
    CHECK(data["contexts-max"]["default"] == true);
    CHECK(contains(host.gvmctl({"get", "dvm", "memory-limit-mb"}).out, "100 MiB"));
}

TEST_CASE("unset gives the default back") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm", "--set", "memory-limit-mb=100"}).status == 0);
    const Outcome outcome = host.gvmctl({"unset", "dvm", "memory-limit-mb"});
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.out, "4096 MiB"));
    CHECK_FALSE(fake::read_node(kBackend + "/memory-limit-mb"));
    CHECK(host.gvmctl({"unset", "dvm", "memory-limit-mb"}).status == 0);
    CHECK(host.gvmctl({"unset", "dvm", "online"}).status == 1);
    CHECK(fake::read_node(kBackend + "/online") == "1");
}
