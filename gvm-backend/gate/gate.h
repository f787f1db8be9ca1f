// The gate: no shader of a guest reaches the host driver's compiler but through here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gate/shader.h"
#include "gate/sizes.h"
#include "gate/stage.h"
#include "gate/validator.h"

namespace vgpu::gate {

// How much is checked. The administrator's choice, for each guest.
enum class Mode : std::uint8_t {
    Off,     // nothing
    Bounds,  // counts, sizes, the interface: what has no rule but the gate's own
    Full,    // SPIR-V's validation as well
};
const char* to_string(Mode mode);
std::optional<Mode> mode_from(std::string_view text);

// A module's verdict. A plain value.
struct Judged {
    std::shared_ptr<const Shader> shader;  // null when refused, and in Mode::Off
    Verdict refused;
};

// One per device. Any thread; modules of several threads are judged at the same time.
class Gate {
  public:
    Gate(Mode mode, const Rules& rules, const DeviceLimits& limits)
        : mode_(mode), rules_(rules), limits_(limits) {}

    Mode mode() const { return mode_; }
    // What was judged a short while ago is known still, octet by octet.
    Judged judge(std::span<const std::uint32_t> words);
    // `shader` is what judge() gave; null is let through.
    Verdict check(const Shader* shader, const StageUse& use) const;

  private:
    struct Kept {
        std::vector<std::uint32_t> words;
        Judged judged;
    };
    Judged judge_anew(std::span<const std::uint32_t> words) const;
    std::optional<Judged> find(std::span<const std::uint32_t> words, std::uint64_t hash);
    void keep(std::span<const std::uint32_t> words, const Judged& judged);

    static constexpr std::size_t kMaxKeptBytes = 2u << 20;

    const Mode mode_;
    const Rules rules_;
    const DeviceLimits limits_;
    std::mutex mutex_;
    std::deque<Kept> kept_;       // mutex_; the oldest in front
    std::size_t kept_bytes_ = 0;  // mutex_
};

}  // namespace vgpu::gate
