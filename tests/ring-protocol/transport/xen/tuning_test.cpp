// Every key takes what its range says and nothing else, and a bad value changes nothing.
#include "transport/xen/tuning.h"

#include <string>
#include <vector>

#include "tests/catch.h"

using namespace vgpu::transport::xen;

namespace {

struct Values {
    const char* key;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

const std::vector<Values>& all_values() {
    static const std::vector<Values> values = {
        {"memory-limit-mb",
         {"1", "4096", "16777216"},
         {"", "0", "16777217", "-1", "+1", "1 ", " 1", "1.5", "0x10", "1e3", "4 GiB", "many",
          "99999999999999999999999", std::string("1\0", 2)}},
        {"contexts-max", {"1", "64", "4096"}, {"", "0", "4097", "-1", "4294967297", "1,2", "x"}},
        {"contexts-per-minute", {"1", "1200", "1000000"}, {"", "0", "1000001", "-1", "10/s"}},
        {"gpu",
         {"", "0000:01:00.0", "0000:FF:1f.7", "10000:e1:00.0", "abcdef01:01:00.0"},
         {"01:00.0", "0000:01:00", "0000:01:20.0", "0000:01:00.8", "0000:0g:00.0", "0000.01:00.0",
          "00000000f:01:00.0", "0000:01:00.0 ", "0000:01:0:0.0", ":01:00.0", "nvidia"}},
        {"features",
         {"", "-VK_KHR_ray_query", "+VK_KHR_swapchain", "-VK_NV_*", "-*",
          "+VK_KHR_*,-VK_KHR_maintenance1"},
         {"VK_KHR_ray_query", "-", "+", "-VK_A,", ",-VK_A", "-VK_A,,-VK_B", "-VK_*_x", "-KHR_a",
          "-VK_a b", "- VK_A", "-V*", "-VK_" + std::string(300, 'a'), "-VK_\x1b[31m"}},
        {"shader-gate", {"full", "bounds", "off"}, {"", "on", "FULL", "bounds ", "0"}},
        {"log-level",
         {"trace", "debug", "info", "warning", "error", "off"},
         {"", "INFO", "warn", "info ", "2"}},
    };
    return values;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every key takes its default, its example and the ends of its range") {
    CHECK(all_values().size() == tuning_keys().size());
    for (const TuningKey& key : tuning_keys()) {
        INFO(key.name);
        Tuning tuning;
        CHECK_FALSE(set_tuning(tuning, key.name, key.default_value));
        CHECK_FALSE(set_tuning(tuning, key.name, key.example));
    }
    for (const Values& values : all_values()) {
        for (const std::string& value : values.good) {
            INFO(values.key << "=" << value);
            Tuning tuning;
            CHECK_FALSE(set_tuning(tuning, values.key, value));
        }
    }
}

TEST_CASE("every bad value is refused by a sentence with key, value, range and remedy") {
    for (const Values& values : all_values()) {
        for (const std::string& value : values.bad) {
            INFO(values.key << "=" << value);
            Tuning tuning;
            const auto error = set_tuning(tuning, values.key, value);
            REQUIRE(error);
            CHECK(contains(*error, values.key));
            CHECK(contains(*error, in_quotes(value)));
            CHECK(contains(*error, find_tuning_key(values.key)->range));
            CHECK(contains(*error, std::string("gvmctl set DVM ") + values.key + "="));
        }
    }
}

TEST_CASE("a bad value keeps the last good one, and a node that is gone the default") {
    Tuning tuning;
    CHECK_FALSE(set_tuning(tuning, "memory-limit-mb", "100"));
    CHECK_FALSE(set_tuning(tuning, "gpu", "0000:0A:00.0"));
    CHECK(set_tuning(tuning, "memory-limit-mb", "0"));
    CHECK(set_tuning(tuning, "gpu", "x"));
    CHECK(tuning.memory_limit_mb == 100);
    CHECK(tuning.gpu == "0000:0a:00.0");
    clear_tuning(tuning, "memory-limit-mb");
    clear_tuning(tuning, "no-such-key");
    CHECK_FALSE(tuning.memory_limit_mb);
    CHECK(tuning.gpu);
}

TEST_CASE("the defaults in the table are those of the code") {
    CHECK(find_tuning_key("memory-limit-mb")->default_value ==
          std::to_string(kDefaultMemoryLimitMb));
    CHECK(find_tuning_key("contexts-max")->default_value == std::to_string(kDefaultContextsMax));
    CHECK(find_tuning_key("contexts-per-minute")->default_value ==
          std::to_string(kDefaultContextsPerMinute));
}

TEST_CASE("an unknown key is refused by a sentence that names all keys") {
    Tuning tuning;
    const auto error = set_tuning(tuning, "memory-limit", "1");
    REQUIRE(error);
    CHECK(contains(*error, "\"memory-limit\""));
    for (const TuningKey& key : tuning_keys()) CHECK(contains(*error, key.name));
}

TEST_CASE("no sentence holds a control character, or much, of the value") {
    std::string every;
    for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
    for (const TuningKey& key : tuning_keys()) {
        for (const std::string& value :
             {every, std::string(5000, 'a'), std::string("\n\x1b]0;x\a")}) {
            Tuning tuning;
            const auto error = set_tuning(tuning, key.name, value);
            REQUIRE(error);
            CHECK(error->size() < 600);
            for (const char c : *error) CHECK((c >= 0x20 && c < 0x7f));
        }
    }
    Tuning tuning;
    CHECK(set_tuning(tuning, every, "1")->size() < 600);
}

TEST_CASE("hidden extensions are hidden, and with a plus only those with one are shown") {
    Tuning tuning;
    CHECK(FeatureFilter().shows("VK_KHR_swapchain"));
    CHECK_FALSE(set_tuning(tuning, "features", "-VK_NV_*,-VK_KHR_ray_query"));
    CHECK_FALSE(tuning.features->shows("VK_NV_mesh_shader"));
    CHECK_FALSE(tuning.features->shows("VK_KHR_ray_query"));
    CHECK(tuning.features->shows("VK_KHR_ray_query2"));
    CHECK(tuning.features->shows("VK_KHR_swapchain"));
    CHECK_FALSE(set_tuning(tuning, "features", "+VK_KHR_*,-VK_KHR_ray_query"));
    CHECK(tuning.features->shows("VK_KHR_swapchain"));
    CHECK_FALSE(tuning.features->shows("VK_KHR_ray_query"));
    CHECK_FALSE(tuning.features->shows("VK_EXT_robustness2"));
}
