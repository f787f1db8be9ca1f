// Structures that hold themselves, which no registry has: the codec's own bounds on nesting.
#include <cstddef>
#include <cstring>
#include <vector>

#include "tests/catch.h"
#include "wire/codec.h"

namespace vgpu::wire {

namespace {

// A list of nodes, each of which may be extended by another list.
struct Node {
    std::uint32_t stype;
    const void* next;
    std::uint32_t value;
    const Node* inner;
};
struct Extension {
    std::uint32_t stype;
    const void* next;
    const Node* inner;
};
// 4 octets on the wire, a page in memory.
struct Fat {
    const Node* inner;
    std::uint8_t rest[4088];
};
struct FatArgs {
    std::uint32_t count;
    const Fat* fats;
};

constexpr std::uint16_t kNode = 0, kExtension = 1, kFat = 2;

constexpr Field kNodeFields[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(Node, next)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Node, value), .size = 4},
    {.element = Element::Struct,
     .shape = Shape::Pointer,
     .nullable = true,
     .offset = offsetof(Node, inner),
     .size = sizeof(Node),
     .aux = kNode},
};
constexpr Field kExtensionFields[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(Extension, next)},
    {.element = Element::Struct,
     .shape = Shape::Pointer,
     .nullable = true,
     .offset = offsetof(Extension, inner),
     .size = sizeof(Node),
     .aux = kNode},
};
constexpr Field kFatFields[] = {
    {.element = Element::Struct,
     .shape = Shape::Pointer,
     .nullable = true,
     .offset = offsetof(Fat, inner),
     .size = sizeof(Node),
     .aux = kNode},
};
constexpr Field kFatArgsFields[] = {
    {.element = Element::Bytes,
     .shape = Shape::Value,
     .offset = offsetof(FatArgs, count),
     .size = 4},
    {.element = Element::Struct,
     .shape = Shape::Array,
     .offset = offsetof(FatArgs, fats),
     .size = sizeof(Fat),
     .aux = kFat,
     .count_offset = offsetof(FatArgs, count)},
};
constexpr std::uint16_t kNodeExtenders[] = {kExtension};
constexpr StructInfo kTable[] = {
    {"Node", 100, sizeof(Node), kNodeFields, kNodeExtenders, 12},
    {"Extension", 101, sizeof(Extension), kExtensionFields, {}, 8},
    {"Fat", kNoStype, sizeof(Fat), kFatFields, {}, 4},
};
constexpr StructInfo kFatArgsInfo{"FatArgs", kNoStype, sizeof(FatArgs), kFatArgsFields, {}, 8};

}  // namespace

// In place of the generated tables.
const std::span<const StructInfo> kStructs{kTable};
const std::span<const EnumInfo> kEnums{};
const std::span<const UnionInfo> kUnions;
const std::span<const CommandInfo> kCommands{};
const std::span<const bool> kHasGuestObject{};
const std::span<const char* const> kObjectTypeNames{};
const std::span<const bool> kDeviceLevel{};

namespace {

struct Octets {
    void u32(std::uint32_t value) {
        const auto* at = reinterpret_cast<const std::uint8_t*>(&value);
        all.insert(all.end(), at, at + 4);
    }
    std::vector<std::uint8_t> all;
};

std::vector<std::uint8_t> encoded(const StructInfo& info, const void* source) {
    std::vector<std::uint8_t> overflow;
    Writer writer(nullptr, nullptr, overflow);
    encode(writer, info, source);
    return {writer.data(), writer.data() + writer.size()};
}

Violation decoded(const StructInfo& info, const std::vector<std::uint8_t>& octets, void* target) {
    Arena arena;
    Reader reader(octets.data(), octets.size(), arena);
    decode(reader, info, target);
    return reader.violation();
}

std::vector<Node> nested(int depth) {
    std::vector<Node> nodes(static_cast<std::size_t>(depth));
    for (std::size_t i = 0; i < nodes.size(); ++i)
        nodes[i] = {100, nullptr, static_cast<std::uint32_t>(i),
                    i + 1 < nodes.size() ? &nodes[i + 1] : nullptr};
    return nodes;
}

// What nested(depth) looks like on the wire where nobody bounds it.
std::vector<std::uint8_t> nested_octets(int depth) {
    Octets octets;
    for (int i = 0; i < depth; ++i) {
        octets.u32(0);
        octets.u32(static_cast<std::uint32_t>(i));
        octets.u32(i + 1 < depth ? 1 : 0);
    }
    return octets.all;
}

}  // namespace

TEST_CASE("structures may be nested up to the limit") {
    for (int depth = 1; depth <= kMaxDepth + 1; ++depth) {
        INFO(depth);
        const std::vector<Node> nodes = nested(depth);
        const std::vector<std::uint8_t> octets = encoded(kStructs[kNode], nodes.data());
        CHECK(octets == nested_octets(depth));
        Node target{};
        CHECK(decoded(kStructs[kNode], octets, &target) == Violation::None);
    }
}

TEST_CASE("structures nested deeper than the limit are refused") {
    for (const int depth : {kMaxDepth + 2, kMaxDepth + 3, 100'000}) {
        INFO(depth);
        Node target{};
        CHECK(decoded(kStructs[kNode], nested_octets(depth), &target) == Violation::TooDeep);
    }
}

TEST_CASE("what an application nests deeper than the limit is left out") {
    const std::vector<Node> nodes = nested(100);
    const std::vector<std::uint8_t> octets = encoded(kStructs[kNode], nodes.data());
    CHECK(octets == nested_octets(kMaxDepth + 1));
    Node target{};
    CHECK(decoded(kStructs[kNode], octets, &target) == Violation::None);
}

TEST_CASE("structures nested by way of their chains are refused beyond the limit") {
    Octets octets;
    for (int i = 0; i < 1000; ++i) {
        octets.u32(101);  // an Extension, whose inner is
        octets.u32(1);    // a Node with a chain
    }
    Node target{};
    CHECK(decoded(kStructs[kNode], octets.all, &target) == Violation::TooDeep);
}

TEST_CASE("a chain behind the deepest structure is refused") {
    std::vector<std::uint8_t> nodes = nested_octets(kMaxDepth + 1);
    nodes.resize(nodes.size() - 12);
    Octets octets{nodes};
    octets.u32(101);  // an Extension without an inner node
    octets.u32(0);
    octets.u32(0);  // the chain's end
    octets.u32(0);
    octets.u32(0);
    Node target{};
    CHECK(decoded(kStructs[kNode], octets.all, &target) == Violation::TooDeep);
}

TEST_CASE("a small record that decodes to much memory is refused") {
    Octets octets;
    constexpr std::uint32_t kTooMany = (64u << 20) / sizeof(Fat) + 1;
    octets.u32(kTooMany);
    octets.u32(kTooMany);
    for (std::uint32_t i = 0; i < kTooMany; ++i) octets.u32(0);
    FatArgs target{};
    CHECK(decoded(kFatArgsInfo, octets.all, &target) == Violation::OutOfMemory);
    CHECK(target.fats == nullptr);
}

}  // namespace vgpu::wire
