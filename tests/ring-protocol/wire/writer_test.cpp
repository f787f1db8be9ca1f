// A record that outgrows the ring goes on in the overflow buffer, octet by octet the same.
#include "wire/writer.h"

#include <cstring>
#include <memory>
#include <numeric>

#include "tests/catch.h"

namespace vgpu::wire {

namespace {

// The same fields, whatever the room.
void write_fields(Writer& writer, std::size_t long_bytes) {
    std::vector<std::uint8_t> text(long_bytes);
    std::iota(text.begin(), text.end(), std::uint8_t{1});
    writer.u32(0x11223344);
    writer.align8();
    writer.u64(0x5566778899aabbcc);
    writer.raw(text.data(), text.size());
    writer.u32(7);
    writer.align8();
    writer.scalar(1.5);
    writer.raw(nullptr, 0);
}

std::vector<std::uint8_t> reference(std::size_t long_bytes) {
    std::vector<std::uint8_t> memory(long_bytes + 64, 0xee), overflow;
    Writer writer(memory.data(), memory.data() + memory.size(), overflow);
    write_fields(writer, long_bytes);
    REQUIRE_FALSE(writer.overflowed());
    return {memory.data(), memory.data() + writer.size()};
}

}  // namespace

TEST_CASE("a record that fits stays where it began") {
    alignas(8) std::uint8_t memory[64];
    std::vector<std::uint8_t> overflow;
    Writer writer(memory, memory + sizeof(memory), overflow);
    write_fields(writer, 5);
    CHECK_FALSE(writer.overflowed());
    CHECK(writer.data() == memory);
    CHECK(writer.size() == 8 + 8 + 8 + 8 + 8);
    CHECK(overflow.empty());
}

TEST_CASE("padding is zero, whatever stood in the ring") {
    std::vector<std::uint8_t> memory(64, 0xff), overflow;
    Writer writer(memory.data(), memory.data() + memory.size(), overflow);
    writer.raw("abcde", 5);
    writer.u32(1);
    writer.align8();
    CHECK(memory[4] == 'e');
    for (const std::size_t at : {5, 6, 7, 12, 13, 14, 15}) CHECK(memory[at] == 0);
}

TEST_CASE("a record is the same from whatever point on it overflows") {
    for (const std::size_t long_bytes : {1, 100, 5000}) {
        const std::vector<std::uint8_t> whole = reference(long_bytes);
        for (std::size_t room = 0; room <= whole.size(); room += room < 64 ? 1 : 61) {
            INFO(long_bytes << " bytes, room for " << room);
            const std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[room]);
            std::vector<std::uint8_t> overflow;
            Writer writer(memory.get(), memory.get() + room, overflow);
            write_fields(writer, long_bytes);
            CHECK(writer.overflowed() == (room < whole.size()));
            CHECK(std::vector<std::uint8_t>(writer.data(), writer.data() + writer.size()) == whole);
        }
    }
}

TEST_CASE("the overflow buffer's memory serves the next long record") {
    alignas(8) std::uint8_t memory[16];
    std::vector<std::uint8_t> overflow;
    for (const std::size_t long_bytes : {5000, 100, 4999}) {
        Writer writer(memory, memory + sizeof(memory), overflow);
        write_fields(writer, long_bytes);
        CHECK(std::vector<std::uint8_t>(writer.data(), writer.data() + writer.size()) ==
              reference(long_bytes));
        CHECK(writer.data() == overflow.data());
    }
}

TEST_CASE("a record grows through several sizes of the overflow buffer") {
    std::vector<std::uint8_t> overflow;
    alignas(8) std::uint8_t memory[8];
    Writer writer(memory, memory + sizeof(memory), overflow);
    for (std::uint32_t i = 0; i < 100'000; ++i) writer.u32(i);
    REQUIRE(writer.size() == 400'000);
    bool same = true;
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        std::uint32_t value;
        std::memcpy(&value, writer.data() + 4 * std::size_t{i}, 4);
        same = same && value == i;
    }
    CHECK(same);
}

}  // namespace vgpu::wire
