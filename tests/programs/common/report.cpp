// Prints results and counts failed self-checks.
#include "common/report.h"

#include <cstdio>

namespace vgpu::programs {

void Hash::add(std::span<const std::byte> octets) {
    for (std::byte octet : octets) {
        value_ ^= static_cast<std::uint64_t>(octet);
        value_ *= 0x100000001b3;
    }
}

void Report::hash(std::string_view name, std::span<const std::byte> octets) {
    Hash all;
    all.add(octets);
    hash(name, all);
}

void Report::hash(std::string_view name, const Hash& hash) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash.value()));
    line(name, text);
}

void Report::value(std::string_view name, std::string_view text) {
    line(name, text);
}

void Report::value(std::string_view name, std::uint64_t number) {
    line(name, std::to_string(number));
}

void Report::not_offered(std::string_view name) {
    line(name, "not offered");
}

void Report::check(bool holds, std::string_view what) {
    if (holds) return;
    std::lock_guard lock(mutex_);
    ++failures_;
    std::fprintf(stderr, "This does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
}

std::uint32_t Report::failures() const {
    std::lock_guard lock(mutex_);
    return failures_;
}

void Report::line(std::string_view name, std::string_view text) {
    std::lock_guard lock(mutex_);
    std::printf("%.*s: %.*s\n", static_cast<int>(name.size()), name.data(),
                static_cast<int>(text.size()), text.data());
    // A program that crashes later has still said what it found until then.
    std::fflush(stdout);
}

}  // namespace vgpu::programs
