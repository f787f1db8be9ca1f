// The keys by which an administrator tunes a device: their table, their parser, and what they say.
//
// gvmctl checks a value before it writes it, gvm-gpud before it believes one; both by this file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vgpu::transport::xen {

struct TuningKey {
    const char* name;           // its node in the back end's directory
    const char* unit;           // "" where there is none
    const char* default_value;  // what holds while there is no such node
    const char* range;          // "1 to 4096"
    const char* example;
    const char* effect;
};
std::span<const TuningKey> tuning_keys();
const TuningKey* find_tuning_key(std::string_view name);

// Which of the GPU's extensions a DVM is shown: "-NAME" hides one, and where any "+NAME" is, only
// those are shown. A "*" at the end of a name stands for any rest.
class FeatureFilter {
  public:
    struct Rule {
        bool show = false;
        bool prefix = false;
        std::string name;  // without sign and "*"
    };

    FeatureFilter() = default;
    explicit FeatureFilter(std::vector<Rule> rules) : rules_(std::move(rules)) {}

    bool shows(std::string_view extension) const;
    const std::vector<Rule>& rules() const { return rules_; }

  private:
    std::vector<Rule> rules_;
};

// The key's value again.
std::string to_string(const FeatureFilter& filter);

// What is set; what is not has its default. A plain value.
struct Tuning {
    std::optional<std::uint64_t> memory_limit_mb;  // of all contexts of the DVM together
    std::optional<std::uint32_t> contexts_max;
    std::optional<std::uint32_t> contexts_per_minute;
    std::optional<std::string> gpu;  // "0000:01:00.0" in small letters; "": the back end's choice
    std::optional<FeatureFilter> features;
    std::optional<std::string> shader_gate;
    std::optional<std::string> log_level;
};

inline constexpr std::uint64_t kDefaultMemoryLimitMb = 4096;
inline constexpr std::uint32_t kDefaultContextsMax = 64;
inline constexpr std::uint32_t kDefaultContextsPerMinute = 1200;

// Takes the value over, or leaves `tuning` as it was (the last good value stays) and returns a
// sentence that names key, value, range and remedy. The value comes from a node that the
// administrator writes; the sentence never holds a control character of it.
std::optional<std::string> set_tuning(Tuning& tuning, std::string_view key, std::string_view value);

// The key's node is gone: its default holds again. Unknown keys are nothing.
void clear_tuning(Tuning& tuning, std::string_view key);

// `text` in quotes, for a sentence: printable ASCII, at most 64 octets of it, "?" for the rest.
std::string in_quotes(std::string_view text);

}  // namespace vgpu::transport::xen
