// An array's length is what its count says, no more and no less.
#include <algorithm>
#include <map>
#include <set>

#include "record_map.h"
#include "tests/catch.h"
#include "trial.h"

namespace vgpu::wire::test {

namespace {

bool refused_for_number(Violation violation) {
    return violation == Violation::CountMismatch || violation == Violation::CountOverLimit;
}

// Whether `value` is the count that `array`'s description names.
bool counts(const Item& value, const Item& array) {
    return value.kind == Item::Kind::Bytes && value.instance == array.instance &&
           value.field->shape == Shape::Value && array.field->count_via == kNowhere &&
           value.field->offset == array.field->count_offset;
}

// Where the arrays of a record's structures stand: (instance, offset of the count) -> elements.
std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint32_t> counted_arrays(
    const RecordMap& map, const Octets& octets) {
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint32_t> arrays;
    for (const Item& item : map.items) {
        if (item.kind != Item::Kind::Number || item.field->count_via != kNowhere) continue;
        if (item.field->count_offset == kNowhere || item.field->rule != CountRule::Same) continue;
        auto& n = arrays[{item.instance, item.field->count_offset}];
        n = std::max(n, number_at<std::uint32_t>(octets, item.at));
    }
    return arrays;
}

}  // namespace

TEST_CASE("an array longer or shorter by one than its count is refused") {
    const TestObjects objects;
    std::size_t tried = 0;
    const auto lie = [&](const Trial& trial, const RecordMap&, const Item& item) {
        const auto n = number_at<std::uint32_t>(trial.octets(), item.at);
        // Where nothing stood, one more is something that may stand there.
        if (n == 0 && item.field->nullable) return;
        CHECK(refused_for_number(trial.decode_with(item.at, n + 1).violation));
        if (n > 1) CHECK(trial.decode_with(item.at, n - 1).violation == Violation::CountMismatch);
        ++tried;
    };
    for_each_item(objects, Item::Kind::Number, lie);
    CHECK(tried > 1000);
}

TEST_CASE("a count longer or shorter by one than its array is refused") {
    const TestObjects objects;
    std::set<const Field*> tried;
    const auto lie = [&](const Trial& trial, const RecordMap& map, const Item& item) {
        if (item.field->shape != Shape::Value) return;
        const auto arrays = counted_arrays(map, trial.octets());
        const auto found = arrays.find({item.instance, item.field->offset});
        if (found == arrays.end() || found->second == 0) return;
        const auto n = number_at<std::uint32_t>(trial.octets(), item.at);
        for (const std::uint32_t other : {n + 1, n - 1, 0u, 0xffffffffu}) {
            if (other == n) continue;
            CHECK(refused_for_number(trial.decode_with(item.at, other).violation));
        }
        tried.insert(item.field);
    };
    for_each_item(objects, Item::Kind::Bytes, lie);
    CHECK(tried.size() > 60);
}

TEST_CASE("a pointer that must not be null is missed") {
    const TestObjects objects;
    std::size_t tried = 0;
    const auto take_away = [&](const Trial& trial, const RecordMap&, const Item& item) {
        if (item.field->nullable) return;
        if (number_at<std::uint32_t>(trial.octets(), item.at) == 0) return;
        CHECK(trial.decode_with(item.at, 0u).violation == Violation::MissingPointer);
        ++tried;
    };
    for_each_item(objects, Item::Kind::Number, take_away);
    for_each_item(objects, Item::Kind::Present, take_away);
    CHECK(tried > 500);
}

TEST_CASE("whether results are wanted is yes or no") {
    const TestObjects objects;
    const std::size_t tried = for_each_item(
        objects, Item::Kind::Present, [](const Trial& trial, const RecordMap&, const Item& item) {
            CHECK(trial.decode_with(item.at, 2u).violation == Violation::BadBool);
        });
    CHECK(tried > 20);
}

TEST_CASE("room for more results than one record may need is refused") {
    const TestObjects objects;
    std::size_t tried = 0;
    const auto ask_for_more = [&](const Trial& trial, const RecordMap& map, const Item& out) {
        if (number_at<std::uint32_t>(trial.octets(), out.at) == 0) return;
        const bool chained =
            out.field->element == Element::Struct && kStructs[out.field->aux].stype != kNoStype;
        for (const Item& count : map.items) {
            if (!counts(count, out)) continue;
            const Violation violation = trial.decode_with(count.at, 0xffffffffu).violation;
            // A count that counts what goes in too is held against that first.
            const bool both = std::any_of(map.items.begin(), map.items.end(), [&](const Item& in) {
                return in.kind == Item::Kind::Number && counts(count, in);
            });
            if (both)
                CHECK((refused_for_number(violation) || violation == Violation::MissingPointer));
            else
                CHECK(violation == (chained ? Violation::CountOverLimit : Violation::OutOfMemory));
            ++tried;
        }
    };
    for_each_item(objects, Item::Kind::Present, ask_for_more);
    CHECK(tried > 5);
}

TEST_CASE("code whose size is no multiple of four is refused") {
    const TestObjects objects;
    std::size_t tried = 0;
    const auto add_octets = [&](const Trial& trial, const RecordMap& map, const Item& code) {
        if (code.field->rule != CountRule::Quarter) return;
        const auto n = number_at<std::uint32_t>(trial.octets(), code.at);
        for (const Item& size : map.items) {
            if (!counts(size, code)) continue;
            CHECK(trial.decode_with(size.at, 4 * n + 3).violation ==
                  (n == 0 ? Violation::MissingPointer : Violation::CountMismatch));
            ++tried;
        }
    };
    for_each_item(objects, Item::Kind::Number, add_octets);
    CHECK(tried > 5);
}

}  // namespace vgpu::wire::test
