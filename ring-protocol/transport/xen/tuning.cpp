// Each key has one function that reads its value into Tuning.
#include "transport/xen/tuning.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <initializer_list>

#include "transport/xen/vgpuif.h"

namespace vgpu::transport::xen {

namespace {

constexpr std::size_t kNameBytes = 255;  // VK_MAX_EXTENSION_NAME_SIZE, less its zero
constexpr std::size_t kShownBytes = 64;

constexpr std::array kKeys = {
    TuningKey{"memory-limit-mb", "MiB", "4096", "1 to 16777216", "8192",
              "Memory of all contexts of the DVM together, device-local and guest-visible."},
    TuningKey{"contexts-max", "contexts", "64", "1 to 4096", "16",
              "Contexts of the DVM at one time: Vulkan instances of its programs."},
    TuningKey{"contexts-per-minute", "contexts", "1200", "1 to 1000000", "300",
              "Contexts of the DVM that may begin in a minute, a quarter of them at once."},
    TuningKey{"gpu", "PCI address", "", "an address as 0000:01:00.0, or nothing", "0000:01:00.0",
              "Which of the GVM's GPUs new contexts get; nothing: the back end's choice."},
    TuningKey{"features", "", "", "names of Vulkan extensions with - or + in front, commas between",
              "-VK_KHR_ray_query,-VK_NV_*",
              "Extensions that new contexts are shown: - hides one; with any + only those are "
              "shown; a * at the end stands for any rest."},
    TuningKey{"shader-gate", "", "full", "full, bounds or off", "bounds",
              "What of a guest's shaders is checked before the GPU's driver compiles them: all; "
              "sizes and interfaces, without SPIR-V's validation; nothing."},
    TuningKey{"log-level", "", "info", "trace, debug, info, warning, error or off", "debug",
              "What the service logs of this DVM's contexts."},
};

template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number least, Number most) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number < least || number > most) return {};
    return number;
}

bool is_hexadecimal(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c); });
}

// domain:bus:device.function; a device is 0 to 1f, a function 0 to 7. Domains of some bridges
// have more than four digits.
std::optional<std::string> parse_pci_address(std::string_view text) {
    if (text.empty()) return "";
    const std::size_t colon = text.find(':');
    if (colon == text.npos || colon < 4 || colon > 8 || text.size() != colon + 8) return {};
    const std::string_view rest = text.substr(colon);
    if (rest[3] != ':' || rest[6] != '.' || rest[7] < '0' || rest[7] > '7') return {};
    if (rest[4] != '0' && rest[4] != '1') return {};
    if (!is_hexadecimal(text.substr(0, colon)) || !is_hexadecimal(rest.substr(1, 2)) ||
        !is_hexadecimal(rest.substr(4, 2))) {
        return {};
    }
    std::string address(text);
    for (char& c : address) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return address;
}

std::optional<FeatureFilter::Rule> parse_rule(std::string_view text) {
    if (text.size() < 2 || (text[0] != '-' && text[0] != '+')) return {};
    FeatureFilter::Rule rule;
    rule.show = text[0] == '+';
    text.remove_prefix(1);
    rule.prefix = text.back() == '*';
    if (rule.prefix) text.remove_suffix(1);
    rule.name = text;
    const bool every = rule.prefix && text.empty();
    const bool named = text.substr(0, 3) == "VK_" && text.size() <= kNameBytes &&
                       std::all_of(text.begin(), text.end(),
                                   [](unsigned char c) { return std::isalnum(c) || c == '_'; });
    return every || named ? std::optional(rule) : std::nullopt;
}

std::optional<FeatureFilter> parse_features(std::string_view text) {
    std::vector<FeatureFilter::Rule> rules;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const auto rule = parse_rule(text.substr(0, comma));
        if (!rule || comma + 1 == text.size()) return {};  // a comma with nothing behind it
        rules.push_back(*rule);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return FeatureFilter(std::move(rules));
}

std::optional<std::string> one_of(std::initializer_list<const char*> all, std::string_view text) {
    for (const char* each : all) {
        if (text == each) return each;
    }
    return {};
}

// Whether the value made sense; only then is the member set.
template <typename Value>
bool take(std::optional<Value>& member, std::optional<Value> parsed) {
    if (!parsed) return false;
    member = std::move(parsed);
    return true;
}

std::string refusal(const TuningKey& key, std::string_view value) {
    std::string text =
        std::string(key.name) + " cannot be " + in_quotes(value) + ": it takes " + key.range;
    if (*key.unit && key.range[0] >= '0' && key.range[0] <= '9')
        text += std::string(" ") + key.unit;
    return text + ". For example: `gvmctl set DVM " + key.name + "=" + key.example + "`.";
}

std::string unknown_key(std::string_view key) {
    std::string text = "There is no key " + in_quotes(key) + ". The keys are";
    for (const TuningKey& each : kKeys) {
        text += std::string(&each == &kKeys.front() ? " " : ", ") + each.name;
    }
    return text + ".";
}

}  // namespace

std::span<const TuningKey> tuning_keys() {
    return kKeys;
}

const TuningKey* find_tuning_key(std::string_view name) {
    const auto* found = std::find_if(kKeys.begin(), kKeys.end(),
                                     [&](const TuningKey& key) { return key.name == name; });
    return found == kKeys.end() ? nullptr : found;
}

bool FeatureFilter::shows(std::string_view extension) const {
    bool any_plus = false, plus = false;
    for (const Rule& rule : rules_) {
        const bool meant = rule.prefix ? extension.substr(0, rule.name.size()) == rule.name
                                       : extension == rule.name;
        if (meant && !rule.show) return false;
        any_plus |= rule.show;
        plus |= meant && rule.show;
    }
    return plus || !any_plus;
}

std::string to_string(const FeatureFilter& filter) {
    std::string text;
    for (const FeatureFilter::Rule& rule : filter.rules()) {
        if (!text.empty()) text += ',';
        text += (rule.show ? "+" : "-") + rule.name + (rule.prefix ? "*" : "");
    }
    return text;
}

std::optional<std::string> set_tuning(Tuning& tuning, std::string_view key,
                                      std::string_view value) {
    const TuningKey* const found = find_tuning_key(key);
    if (!found) return unknown_key(key);
    bool good = value.size() <= kMaxNodeBytes;
    if (!good) return refusal(*found, value);
    if (key == "memory-limit-mb") {
        good = take(tuning.memory_limit_mb, parse_number<std::uint64_t>(value, 1, 16777216));
    } else if (key == "contexts-max") {
        good = take(tuning.contexts_max, parse_number<std::uint32_t>(value, 1, 4096));
    } else if (key == "contexts-per-minute") {
        good = take(tuning.contexts_per_minute, parse_number<std::uint32_t>(value, 1, 1000000));
    } else if (key == "gpu") {
        good = take(tuning.gpu, parse_pci_address(value));
    } else if (key == "features") {
        good = take(tuning.features, parse_features(value));
    } else if (key == "shader-gate") {
        good = take(tuning.shader_gate, one_of({"full", "bounds", "off"}, value));
    } else {
        good = take(tuning.log_level,
                    one_of({"trace", "debug", "info", "warning", "error", "off"}, value));
    }
    return good ? std::nullopt : std::optional(refusal(*found, value));
}

void clear_tuning(Tuning& tuning, std::string_view key) {
    if (key == "memory-limit-mb") tuning.memory_limit_mb.reset();
    if (key == "contexts-max") tuning.contexts_max.reset();
    if (key == "contexts-per-minute") tuning.contexts_per_minute.reset();
    if (key == "gpu") tuning.gpu.reset();
    if (key == "features") tuning.features.reset();
    if (key == "shader-gate") tuning.shader_gate.reset();
    if (key == "log-level") tuning.log_level.reset();
}

std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text.substr(0, kShownBytes)) {
        result += c >= 0x20 && c < 0x7f && c != '"' ? c : '?';
    }
    return result + (text.size() > kShownBytes ? "\"..." : "\"");
}

}  // namespace vgpu::transport::xen
