// Cheap checks first: validation sees only what is bounded already.
#include "gate/gate.h"

#include <algorithm>

namespace vgpu::gate {

const char* to_string(Mode mode) {
    switch (mode) {
        case Mode::Off:
            return "off";
        case Mode::Bounds:
            return "bounds";
        case Mode::Full:
            break;
    }
    return "full";
}

std::optional<Mode> mode_from(std::string_view text) {
    for (const Mode mode : {Mode::Off, Mode::Bounds, Mode::Full})
        if (text == to_string(mode)) return mode;
    return {};
}

Judged Gate::judge(std::span<const std::uint32_t> words) {
    if (mode_ == Mode::Off) return {};
    const std::uint64_t hash = hash_of(words);
    if (std::optional<Judged> known = find(words, hash)) return *known;
    const Judged judged = judge_anew(words);
    keep(words, judged);
    return judged;
}

Judged Gate::judge_anew(std::span<const std::uint32_t> words) const {
    ReadResult read = read_shader(words);
    if (read.refused) return {nullptr, read.refused};
    Sizes sizes;
    if (Verdict bad = measure(*read.shader, {}, sizes)) return {nullptr, bad};
    if (mode_ == Mode::Full)
        if (Verdict bad = validate(words, rules_)) return {nullptr, bad};
    return {read.shader, {}};
}

Verdict Gate::check(const Shader* shader, const StageUse& use) const {
    return shader ? check_stage(*shader, use, limits_) : Verdict();
}

std::optional<Judged> Gate::find(std::span<const std::uint32_t> words, std::uint64_t hash) {
    std::lock_guard lock(mutex_);
    for (const Kept& one : kept_) {
        // A hash alone can be forged.
        if (one.judged.shader->hash == hash && std::ranges::equal(one.words, words))
            return one.judged;
    }
    return {};
}

void Gate::keep(std::span<const std::uint32_t> words, const Judged& judged) {
    if (judged.refused || words.size_bytes() > kMaxKeptBytes / 4) return;
    std::lock_guard lock(mutex_);
    kept_bytes_ += words.size_bytes();
    kept_.push_back({{words.begin(), words.end()}, judged});
    while (kept_bytes_ > kMaxKeptBytes) {
        kept_bytes_ -= kept_.front().words.size() * sizeof(std::uint32_t);
        kept_.pop_front();
    }
}

}  // namespace vgpu::gate
