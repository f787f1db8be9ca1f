// list, show and top say what xenstore holds, in words, and nothing that could hurt a terminal.
#include <nlohmann/json.hpp>

#include "fake_host.h"
#include "tests/catch.h"

using namespace vgpu::gvmctl;
namespace fake = vgpu::fake;

namespace {

struct Connected : FakeHost {
    Connected() {
        gvmctl({"attach", "dvm"});
        for (const auto& [name, value] :
             std::map<std::string, std::string>{{"state", "4"},
                                                {"device-name", "AMD Radeon RX 6600"},
                                                {"stats/contexts", "2"},
                                                {"stats/memory-bytes", "326107136"},
                                                {"stats/submissions", "9000"}}) {
            fake::write_node(kBackend + "/" + name, value);
        }
        fake::write_node(kFrontend + "/state", "4");
    }
};

}  // namespace

TEST_CASE("list shows every device with its domains, condition, GPU, contexts and memory") {
    const Connected host;
    CHECK(host.gvmctl({"list"}).out ==
          "DVM      DEVICE  GVM      CONDITION  GPU                 CONTEXTS  MEMORY\n"
          "dvm (5)  0       gvm (3)  connected  AMD Radeon RX 6600  2         311 MiB\n");
    const auto data = nlohmann::json::parse(host.gvmctl({"list", "--json"}).out);
    REQUIRE(data.size() == 1);
    CHECK(data[0]["contexts"] == 2);
    CHECK(data[0]["memory_bytes"] == 326107136);
    CHECK(data[0]["condition"] == "connected");
}

TEST_CASE("list tells who is waited for") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    CHECK(contains(host.gvmctl({"list"}).out, "waits for gvm-gpud in the GVM"));
    fake::write_node(kBackend + "/state", "2");
    CHECK(contains(host.gvmctl({"list"}).out, "waits for dvm-gpud in the DVM"));
    fake::write_node(kFrontend + "/state", "3");
    CHECK(contains(host.gvmctl({"list"}).out, "connects"));
    fake::write_node(kBackend + "/online", "0");
    CHECK(contains(host.gvmctl({"list"}).out, "detaches"));
}

TEST_CASE("every pair of states has words") {
    const FakeHost host;
    REQUIRE(host.gvmctl({"attach", "dvm"}).status == 0);
    for (const char* front : {"", "0", "1", "2", "3", "4", "5", "6", "7", "-1", "x\x1b[2J"}) {
        for (const char* back : {"", "0", "1", "2", "3", "4", "5", "6", "7", "4 "}) {
            fake::write_node(kFrontend + "/state", front);
            fake::write_node(kBackend + "/state", back);
            const auto data = nlohmann::json::parse(host.gvmctl({"list", "--json"}).out);
            const std::string condition = data.at(0).at("condition");
            CHECK_FALSE(condition.empty());
            CHECK_FALSE(contains(condition, "\x1b"));
        }
    }
}

TEST_CASE("show explains each node of both ends") {
    const Connected host;
    const std::string text = host.gvmctl({"show", "dvm"}).out;
    CHECK(contains(text, kFrontend + "  n5,r3"));
    CHECK(contains(text, kBackend + "  n3,r5"));
    CHECK(contains(text, "4 (Connected)"));
    CHECK(contains(text, "stats/contexts"));
    CHECK_FALSE(contains(text, "no node of this interface"));
    fake::write_node(kBackend + "/mystery", "1");
    CHECK(contains(host.gvmctl({"show", "dvm"}).out, "no node of this interface"));
    const auto data = nlohmann::json::parse(host.gvmctl({"show", "dvm", "--json"}).out);
    CHECK(data["frontend"]["nodes"]["backend-id"] == "3");
    CHECK(data["backend"]["nodes"]["stats/submissions"] == "9000");
    CHECK(data["backend"]["permissions"] == "n3,r5");
}

TEST_CASE("show says that an end is missing") {
    const Connected host;
    fake::remove_node(kFrontend);
    CHECK(contains(host.gvmctl({"show", "dvm"}).out, "is missing"));
}

TEST_CASE("top shows the counters of each device") {
    const Connected host;
    const std::string text = host.gvmctl({"top", "--once"}).out;
    CHECK(contains(text, "dvm (5), device 0: connected"));
    CHECK(contains(text, "submissions   9000"));
    const auto data = nlohmann::json::parse(host.gvmctl({"top", "--once", "--json"}).out);
    CHECK(data[0]["stats"]["submissions"] == "9000");
}

TEST_CASE("what guests write reaches no terminal as it is") {
    const Connected host;
    const std::string bad = "\x1b]0;owned\x07\xff\xfe\n";
    for (const char* name : {"state", "version", "error", "ring-ref"}) {
        fake::write_node(kFrontend + "/" + name, bad);
    }
    for (const char* name : {"state", "device-name", "error", "stats/contexts"}) {
        fake::write_node(kBackend + "/" + name, bad);
    }
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"list"}, {"show", "dvm"}, {"top", "--once"}, {"get", "dvm"}, {"doctor"}}) {
        for (const bool json : {false, true}) {
            auto words = command;
            if (json) words.push_back("--json");
            FakeHost const* const there = &host;
            const std::string text = there->gvmctl(words).all();
            INFO(text);
            for (const char c : text) CHECK(((c >= 0x20 && c < 0x7f) || c == '\n'));
            CHECK_FALSE(contains(text, "\x1b"));
        }
    }
}
