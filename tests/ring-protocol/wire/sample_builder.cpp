// Walks a description and invents a legal value for each field.
#include "sample_builder.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace vgpu::wire::test {

namespace {

struct Header {
    std::uint32_t stype;
    void* next;
};

// An sType that no registry has.
constexpr std::uint32_t kStrangeStype = 0x7ffffff0;
// Pointers that Vulkan says are ignored lead here: nothing may look.
const auto kNoMansLand = std::uintptr_t{0xdead'0000'0000'0008};
constexpr int kDeepest = 4;

template <typename T>
T load(const void* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}
template <typename T>
void store(void* to, T value) {
    std::memcpy(to, &value, sizeof(T));
}

// Fields that count an array which lies in another structure: (structure, offset) -> size, rule.
using RemoteCounts = std::multimap<const StructInfo*, const Field*>;

void find_remote_counts(const StructInfo& info, RemoteCounts& found) {
    for (const Field& field : info.fields) {
        if (field.count_via == kNowhere) continue;
        for (const Field& via : info.fields)
            if (via.offset == field.count_via) found.emplace(&kStructs[via.aux], &field);
    }
}

const RemoteCounts& remote_counts() {
    static const RemoteCounts all = [] {
        RemoteCounts found;
        for (const StructInfo& info : kStructs) find_remote_counts(info, found);
        for (const CommandInfo& command : kCommands) find_remote_counts(command.args, found);
        return found;
    }();
    return all;
}

bool is_inline(const Field& field) {
    return field.shape == Shape::Value || field.shape == Shape::Fixed;
}

}  // namespace

std::uint64_t wanted_count(const Field& field, const void* structure) {
    if (field.count_offset == kNowhere) return 1;
    const auto* holder = static_cast<const std::uint8_t*>(structure);
    if (field.count_via != kNowhere) holder = load<const std::uint8_t*>(holder + field.count_via);
    std::uint64_t n = 0;
    std::memcpy(&n, holder + field.count_offset, field.count_size);
    if (field.rule == CountRule::Quarter) return n / 4;
    if (field.rule == CountRule::Bits32) return (n + 31) / 32;
    return n;
}

std::uint8_t* SampleBuilder::block(std::size_t bytes) {
    blocks_.emplace_back(new std::uint8_t[bytes]());
    return blocks_.back().get();
}

void* SampleBuilder::structure(const StructInfo& info) {
    std::uint8_t* at = block(info.size);
    fill(info, at, 0, true);
    return at;
}

void* SampleBuilder::with_chain(const StructInfo& info, std::span<const std::uint16_t> extenders) {
    std::uint8_t* at = block(info.size);
    fill(info, at, 0, false);
    store(at + offsetof(Header, next), chain(extenders, false, 0));
    return at;
}

void SampleBuilder::fill(const StructInfo& info, std::uint8_t* at, int depth, bool with_own_chain) {
    if (info.stype != kNoStype) store(at, info.stype);
    for (const Field& field : info.fields)
        if (is_inline(field)) inline_field(field, at, depth);
    counts(info, at);
    for (const Field& field : info.fields)
        if (field.element == Element::Union) alternative(info, field, at, depth);
    for (const Field& field : info.fields)
        if (!is_inline(field) && (with_own_chain || field.shape != Shape::Chain))
            pointing_field(info, field, at, depth);
}

void SampleBuilder::counts(const StructInfo& info, std::uint8_t* at) {
    std::vector<Count> all;
    const auto add = [&](const Field& field) {
        const bool known = std::any_of(all.begin(), all.end(), [&](const Count& count) {
            return count.offset == field.count_offset;
        });
        if (!known) all.push_back({field.count_offset, field.count_size, field.rule});
    };
    for (const Field& field : info.fields)
        if (field.count_offset != kNowhere && field.count_via == kNowhere) add(field);
    const auto [first, last] = remote_counts().equal_range(&info);
    for (auto it = first; it != last; ++it) add(*it->second);
    for (const Count& count : all) set_count(count, at + count.offset);
}

void SampleBuilder::set_count(const Count& count, std::uint8_t* at) {
    if (count.rule == CountRule::Bits32) return;  // sample counts: few bits, set already
    std::uint64_t n = below(4);
    if (count.rule == CountRule::Quarter) n *= 4;
    std::memcpy(at, &n, count.size);
}

void SampleBuilder::inline_field(const Field& field, std::uint8_t* at, int depth) {
    elements(field, at + field.offset, field.shape == Shape::Fixed ? field.length : 1, depth);
}

void SampleBuilder::elements(const Field& field, std::uint8_t* at, std::uint64_t n, int depth) {
    if (field.element == Element::Bytes) {
        for (std::uint64_t i = 0; i < n * field.size; ++i) at[i] = std::uint8_t(below(256));
        return;
    }
    for (std::uint64_t i = 0; i < n; ++i, at += field.size) {
        switch (field.element) {
            case Element::Bytes:
                break;
            case Element::Bool:
                store<std::uint32_t>(at, below(2));
                break;
            case Element::Enum:
                store(at, enum_value(kEnums[field.aux]));
                break;
            case Element::Flags: {
                const std::uint64_t bits = random_() & field.mask;
                std::memcpy(at, &bits, field.size);
                break;
            }
            case Element::Handle:
                store(at, handle(field));
                break;
            case Element::NewHandle:
                store(at, objects_.fresh(fresh_++));
                break;
            case Element::Union:  // when its selector is known
                break;
            case Element::Struct:
                fill(kStructs[field.aux], at, depth, true);
                break;
            case Element::String:
                store(at, one_in(8) ? nullptr : text());
                break;
        }
    }
}

// As a field of the union, in which it lies at offset 0.
void SampleBuilder::alternative(const StructInfo& info, const Field& field, std::uint8_t* at,
                                int depth) {
    for (const Alternative& one : kUnions[field.aux].alternatives) {
        if (one.selector != load<std::int32_t>(at + field.selector_offset)) continue;
        if (is_inline(one.field)) return inline_field(one.field, at + field.offset, depth);
        return pointing_field(info, one.field, at + field.offset, depth);
    }
}

void SampleBuilder::pointing_field(const StructInfo& info, const Field& field, std::uint8_t* at,
                                   int depth) {
    std::uint8_t* to = at + field.offset;
    if (field.shape == Shape::Chain) {
        if (depth > kDeepest) return;
        store(to, chain(some_of(info.extenders), false, depth));
        return;
    }
    if (side_ == Side::Host && depth > 0) return;
    if (field.valid_when && !field.valid_when(at)) {
        if (one_in(2)) store(to, kNoMansLand);
        return;
    }
    if (field.nullable && (depth > kDeepest || one_in(4))) return;
    const std::uint64_t n = wanted_count(field, at);
    // No elements: sometimes a null pointer, sometimes one to nothing.
    if (n == 0 && one_in(2)) return;
    const bool out = field.shape == Shape::OutPointer || field.shape == Shape::OutArray;
    store(to, out ? room(field, n) : pointed(field, n, depth));
}

void* SampleBuilder::pointed(const Field& field, std::uint64_t n, int depth) {
    if (field.element == Element::String && field.shape == Shape::Pointer)
        return const_cast<char*>(text());
    std::uint8_t* memory = block(n * field.size);
    elements(field, memory, n, depth + 1);
    return memory;
}

// What the application offers for results: chains whose structures say only what they are.
void* SampleBuilder::room(const Field& field, std::uint64_t n) {
    std::uint8_t* memory = block(n * field.size);
    if (field.element != Element::Struct || kStructs[field.aux].stype == kNoStype) return memory;
    const StructInfo& info = kStructs[field.aux];
    for (std::uint64_t i = 0; i < n; ++i) {
        std::uint8_t* at = memory + i * field.size;
        store(at, info.stype);
        store(at + offsetof(Header, next), chain(some_of(info.extenders), true, 0));
    }
    return memory;
}

std::vector<std::uint16_t> SampleBuilder::some_of(std::span<const std::uint16_t> extenders) {
    std::vector<std::uint16_t> chosen;
    if (extenders.empty()) return chosen;
    for (std::uint32_t left = below(4); left > 0; --left) {
        const std::uint16_t one = extenders[below(static_cast<std::uint32_t>(extenders.size()))];
        if (std::find(chosen.begin(), chosen.end(), one) == chosen.end()) chosen.push_back(one);
    }
    return chosen;
}

void* SampleBuilder::chain(std::span<const std::uint16_t> extenders, bool shape_only, int depth) {
    void* next = nullptr;
    for (std::size_t i = extenders.size(); i-- > 0;) {
        const StructInfo& info = kStructs[extenders[i]];
        std::uint8_t* at = block(info.size);
        if (shape_only)
            store(at, info.stype);
        else
            fill(info, at, depth + 1, false);
        store(at + offsetof(Header, next), next);
        next = at;
        if (side_ == Side::Guest && one_in(6)) next = stranger(next);
    }
    return next;
}

// A structure that the codec does not know and leaves out.
void* SampleBuilder::stranger(void* next) {
    std::uint8_t* at = block(sizeof(Header));
    store(at, kStrangeStype);
    store(at + offsetof(Header, next), next);
    return at;
}

const char* SampleBuilder::text() {
    const std::uint32_t length = below(10);
    auto* at = reinterpret_cast<char*>(block(length + 1));
    for (std::uint32_t i = 0; i < length; ++i) at[i] = char('a' + below(26));
    return at;
}

std::int32_t SampleBuilder::enum_value(const EnumInfo& info) {
    const EnumRange range = info.ranges[below(static_cast<std::uint32_t>(info.ranges.size()))];
    return range.first + static_cast<std::int32_t>(
                             below(static_cast<std::uint32_t>(range.last - range.first) + 1));
}

std::uint64_t SampleBuilder::handle(const Field& field) {
    if ((field.nullable || field.lenient) && one_in(4)) return 0;
    return objects_.guest_handle(field.aux, below(TestObjects::kLiveOfEach));
}

}  // namespace vgpu::wire::test
