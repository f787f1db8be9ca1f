// What a program prints: one `name: value` line a result, so that two runs can be compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace vgpu::programs {

// 64-bit FNV-1a, fed in pieces. Feed no padding octets: they may differ between two runs.
class Hash {
  public:
    void add(std::span<const std::byte> octets);
    template <typename T>
    void add(const T& value) {
        static_assert(std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>,
                      "this type has padding");
        add(std::as_bytes(std::span(&value, 1)));
    }
    void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325;
};

// Owned by main(); any thread may use it. Values go to stdout, failed checks to stderr.
class Report {
  public:
    void hash(std::string_view name, std::span<const std::byte> octets);
    void hash(std::string_view name, const Hash& hash);
    void value(std::string_view name, std::string_view text);
    void value(std::string_view name, std::uint64_t number);
    // Where the driver does not offer what the result is about.
    void not_offered(std::string_view name);
    // A self-check: `what` is the sentence that does not hold when `holds` is false.
    void check(bool holds, std::string_view what);

    std::uint32_t failures() const;

  private:
    void line(std::string_view name, std::string_view text);

    mutable std::mutex mutex_;
    std::uint32_t failures_ = 0;
};

}  // namespace vgpu::programs
