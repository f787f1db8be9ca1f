// Fills structures and arguments by their descriptions, as an application could.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "test_objects.h"
#include "wire/description.h"

namespace vgpu::wire::test {

// The same seed gives the same sample, on every machine. What structure() returns lives as long
// as the builder; every block has exactly the size that its description says, so that a sanitizer
// sees who looks beyond it.
class SampleBuilder {
  public:
    enum class Side : std::uint8_t {
        Guest,  // what an application passes
        Host,   // what a driver filled in: only outermost pointers lead anywhere
    };

    SampleBuilder(const TestObjects& objects, std::uint64_t seed, Side side = Side::Guest)
        : objects_(objects), random_(seed), side_(side) {}

    void* structure(const StructInfo& info);
    // As structure(), with exactly these structures in its chain. `info` begins with an sType.
    void* with_chain(const StructInfo& info, std::span<const std::uint16_t> extenders);
    // Zeroed memory of exactly that size.
    std::uint8_t* block(std::size_t bytes);

  private:
    struct Count {
        std::uint16_t offset;
        std::uint16_t size;
        CountRule rule;
    };

    void fill(const StructInfo& info, std::uint8_t* at, int depth, bool with_own_chain);
    void counts(const StructInfo& info, std::uint8_t* at);
    void set_count(const Count& count, std::uint8_t* at);
    void inline_field(const Field& field, std::uint8_t* at, int depth);
    void alternative(const StructInfo& info, const Field& field, std::uint8_t* at, int depth);
    void pointing_field(const StructInfo& info, const Field& field, std::uint8_t* at, int depth);
    void elements(const Field& field, std::uint8_t* at, std::uint64_t n, int depth);
    void* pointed(const Field& field, std::uint64_t n, int depth);
    void* room(const Field& field, std::uint64_t n);
    void* chain(std::span<const std::uint16_t> extenders, bool shape_only, int depth);
    std::vector<std::uint16_t> some_of(std::span<const std::uint16_t> extenders);
    void* stranger(void* next);

    const char* text();
    std::int32_t enum_value(const EnumInfo& info);
    std::uint64_t handle(const Field& field);
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() >> 32) % n; }
    bool one_in(std::uint32_t n) { return below(n) == 0; }

    const TestObjects& objects_;
    std::mt19937_64 random_;
    const Side side_;
    std::uint32_t fresh_ = 0;
    std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
};

// The number of elements that the count field of `structure` asks for: the test's own reading of
// the description, apart from the codec's.
std::uint64_t wanted_count(const Field& field, const void* structure);

}  // namespace vgpu::wire::test
