// Replies are read into the application's own structures and never beyond them.
#include <algorithm>
#include <cstring>
#include <string>

#include "record_map.h"
#include "sample_builder.h"
#include "tests/catch.h"
#include "trial.h"
#include "wire/codec.h"

namespace vgpu::wire::test {

namespace {

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
struct Header {
    std::uint32_t stype;
    Header* next;
};

// An application's Reply_ structure: of the same arrays and chains as what the host sends, each in
// a block of its own and exact size, with nothing written yet.
class Receiver {
  public:
    Receiver(const StructInfo& info, const void* sent) : info_(info), at_(block(info.size)) {
        for (const Field& field : info.fields) {
            const auto* from = static_cast<const std::uint8_t*>(sent);
            if (field.shape != Shape::Pointer && field.shape != Shape::Array) continue;
            const auto* array = load<const std::uint8_t*>(from + field.offset);
            const std::uint64_t n = wanted_count(field, sent);
            if (field.shape == Shape::Array) {
                std::memcpy(at_ + field.count_offset, &n, field.count_size);
                store(at_ + field.id_offset, n);
            }
            if (array) store(at_ + field.offset, twin(field, array, n));
        }
    }
    void* get() { return at_; }
    void set_capacity(const Field& field, std::uint64_t n) { store(at_ + field.id_offset, n); }
    // Removes the chains that the application offers.
    void forget_chains() {
        for (const Field& field : info_.fields) {
            if (!is_chained(field)) continue;
            auto* array = load<std::uint8_t*>(at_ + field.offset);
            for (std::uint64_t i = 0; array && i < wanted_count(field, at_); ++i)
                reinterpret_cast<Header*>(array + i * field.size)->next = nullptr;
        }
    }

  private:
    static bool is_chained(const Field& field) {
        return (field.shape == Shape::Pointer || field.shape == Shape::Array) &&
               field.element == Element::Struct && kStructs[field.aux].stype != kNoStype;
    }
    std::uint8_t* twin(const Field& field, const std::uint8_t* sent, std::uint64_t n) {
        std::uint8_t* mine = block(n * field.size);
        for (std::uint64_t i = 0; is_chained(field) && i < n; ++i) {
            auto* to = reinterpret_cast<Header*>(mine + i * field.size);
            const auto* from = reinterpret_cast<const Header*>(sent + i * field.size);
            to->stype = from->stype;
            for (from = from->next; from; from = from->next, to = to->next) {
                to->next = reinterpret_cast<Header*>(block(size_of(field, from->stype)));
                to->next->stype = from->stype;
            }
        }
        return mine;
    }
    static std::size_t size_of(const Field& field, std::uint32_t stype) {
        for (const std::uint16_t index : kStructs[field.aux].extenders)
            if (kStructs[index].stype == stype) return kStructs[index].size;
        return sizeof(Header);
    }
    std::uint8_t* block(std::size_t bytes) {
        blocks_.emplace_back(new std::uint8_t[bytes]());
        return blocks_.back().get();
    }

    const StructInfo& info_;
    std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
    std::uint8_t* at_;
};

Violation received(const StructInfo& info, std::span<const std::uint8_t> octets, void* target) {
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[octets.size()]);
    if (!octets.empty()) std::memcpy(exact.get(), octets.data(), octets.size());
    Arena arena;
    Reader reader(exact.get(), octets.size(), arena);
    decode_into(reader, info, target);
    return reader.violation();
}

// Calls f(command, sent structure, its octets) for some replies of every command that has one.
template <typename F>
std::size_t for_each_reply(const TestObjects& objects, F&& f) {
    std::size_t seen = 0;
    for (const CommandInfo* command : commands()) {
        if (!command->replies) continue;
        for (std::uint64_t seed = 0; seed < 12; ++seed) {
            INFO(command->name << ", seed " << seed);
            SampleBuilder builder(objects, seed, SampleBuilder::Side::Host);
            const void* sent = builder.structure(command->reply);
            f(*command, sent, encoded(command->reply, sent));
            ++seen;
        }
    }
    return seen;
}

}  // namespace

TEST_CASE("every command's reply arrives where the application wants it") {
    const TestObjects objects;
    const std::size_t seen = for_each_reply(
        objects, [](const CommandInfo& command, const void* sent, const Octets& octets) {
            Receiver receiver(command.reply, sent);
            REQUIRE(describe(received(command.reply, octets, receiver.get())) ==
                    describe(Violation::None));
            CHECK(encoded(command.reply, receiver.get()) == octets);
        });
    CHECK(seen > 300);
}

TEST_CASE("each truncation of each reply is refused") {
    const TestObjects objects;
    for_each_reply(objects, [](const CommandInfo& command, const void* sent, const Octets& octets) {
        const std::span<const std::uint8_t> all = octets;
        const std::size_t step = 1 + octets.size() / 256;
        for (std::size_t n = 0; n < all.size(); n += step) {
            Receiver receiver(command.reply, sent);
            const Violation v = received(command.reply, all.first(n), receiver.get());
            if (v != Violation::Truncated && v != Violation::CountOverLimit)
                FAIL(n << " octets: " << describe(v));
        }
    });
}

TEST_CASE("a reply of more elements than the application has room for is refused") {
    const TestObjects objects;
    std::size_t tried = 0;
    for_each_reply(
        objects, [&](const CommandInfo& command, const void* sent, const Octets& octets) {
            for (const Item& item : RecordMap(command.reply, octets).items) {
                if (item.kind != Item::Kind::Number) continue;
                const auto n = number_at<std::uint32_t>(octets, item.at);
                Receiver receiver(command.reply, sent);
                const Octets lie = with_number(std::span(octets), item.at, n + 1);
                CHECK(received(command.reply, lie, receiver.get()) == Violation::CountOverLimit);
                Receiver again(command.reply, sent);
                const Octets big = with_number(std::span(octets), item.at, 0xffffffffu);
                CHECK(received(command.reply, big, again.get()) == Violation::CountOverLimit);
                ++tried;
            }
        });
    CHECK(tried > 100);
}

TEST_CASE("a reply to an application with less room than it said is refused") {
    const TestObjects objects;
    std::size_t tried = 0;
    for_each_reply(
        objects, [&](const CommandInfo& command, const void* sent, const Octets& octets) {
            for (const Field& field : command.reply.fields) {
                if (field.shape != Shape::Array || wanted_count(field, sent) == 0) continue;
                const auto* bytes = static_cast<const std::uint8_t*>(sent);
                if (!load<const void*>(bytes + field.offset)) continue;
                Receiver receiver(command.reply, sent);
                receiver.set_capacity(field, wanted_count(field, sent) - 1);
                CHECK(received(command.reply, octets, receiver.get()) == Violation::CountOverLimit);
                ++tried;
            }
        });
    CHECK(tried > 20);
}

TEST_CASE("a structure that the application did not ask for is refused") {
    const TestObjects objects;
    std::size_t tried = 0;
    for_each_reply(
        objects, [&](const CommandInfo& command, const void* sent, const Octets& octets) {
            const RecordMap map(command.reply, octets);
            const bool chained =
                std::any_of(map.items.begin(), map.items.end(),
                            [](const Item& item) { return item.kind == Item::Kind::Stype; });
            if (!chained) return;
            Receiver receiver(command.reply, sent);
            receiver.forget_chains();
            CHECK(received(command.reply, octets, receiver.get()) == Violation::UnknownStruct);
            ++tried;
        });
    CHECK(tried > 50);
}

TEST_CASE("a structure that no registry has is refused in a reply") {
    const TestObjects objects;
    std::size_t tried = 0;
    for_each_reply(
        objects, [&](const CommandInfo& command, const void* sent, const Octets& octets) {
            for (const Item& item : RecordMap(command.reply, octets).items) {
                if (item.kind != Item::Kind::Stype && item.kind != Item::Kind::ChainEnd) continue;
                Receiver receiver(command.reply, sent);
                const Octets lie = with_number(std::span(octets), item.at, 0x7ffffff0u);
                CHECK(received(command.reply, lie, receiver.get()) == Violation::UnknownStruct);
                ++tried;
            }
        });
    CHECK(tried > 100);
}

}  // namespace vgpu::wire::test
