// Decodes, encodes and compares one input.
#include "record_run.h"

#include <algorithm>
#include <cstring>

#include "flat_table.h"
#include "wire/codec.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::fuzz {

namespace {

constexpr std::uint64_t kRoomInReplies = 3;

std::vector<std::uint8_t> encoded(const wire::StructInfo& info, const void* source) {
    alignas(8) std::uint8_t small[1024];
    std::vector<std::uint8_t> overflow;
    wire::Writer writer(small, small + sizeof(small), overflow);
    wire::encode(writer, info, source);
    return {writer.data(), writer.data() + writer.size()};
}

std::unique_ptr<std::uint8_t[]> zeroed(std::size_t bytes) {
    return std::unique_ptr<std::uint8_t[]>(new std::uint8_t[bytes]());
}

}  // namespace

std::vector<std::uint8_t> make_input(std::uint16_t number, bool reply,
                                     const std::vector<std::uint8_t>& payload) {
    std::vector<std::uint8_t> input(kHeaderBytes + payload.size());
    std::memcpy(input.data(), &number, sizeof(number));
    input[2] = reply;
    std::copy(payload.begin(), payload.end(), input.begin() + kHeaderBytes);
    return input;
}

RecordRun::RecordRun()
    : objects_(0),
      builder_(objects_, 0, wire::test::SampleBuilder::Side::Host),
      straight_(wire::kCommands.size()),
      targets_(wire::kCommands.size()) {
    for (const wire::FlatCode& code : wire::kFlatCodes) straight_[code.number] = &code;
}

std::string RecordRun::operator()(const std::uint8_t* input, std::size_t bytes) {
    if (bytes < kHeaderBytes) return {};
    std::uint16_t number;
    std::memcpy(&number, input, sizeof(number));
    if (number >= wire::kCommands.size() || !wire::kCommands[number].name) return {};
    const wire::CommandInfo& command = wire::kCommands[number];
    const std::uint8_t* payload = input + kHeaderBytes;
    if (input[2] % 2 == 0) return request(command, payload, bytes - kHeaderBytes);
    if (command.replies) reply(command, payload, bytes - kHeaderBytes);
    return {};
}

std::string RecordRun::request(const wire::CommandInfo& command, const std::uint8_t* payload,
                               std::size_t bytes) {
    arena_.reset();
    wire::Reader reader(payload, bytes, arena_, &objects_.table());
    const auto args = zeroed(command.args.size);
    if (wire::decode(reader, command.args, args.get())) reader.finish();
    if (const std::string wrong = straight(command, payload, bytes, reader.violation());
        !wrong.empty())
        return wrong;
    return reader.ok() ? again(command.args, args.get()) : std::string();
}

std::string RecordRun::straight(const wire::CommandInfo& command, const std::uint8_t* payload,
                                std::size_t bytes, wire::Violation expected) {
    const wire::FlatCode* code = straight_[command.number];
    if (!code) return {};
    wire::Arena arena;
    wire::Reader reader(payload, bytes, arena, &objects_.table());
    const auto args = zeroed(command.args.size);
    if (code->decode(reader, args.get())) reader.finish();
    if (reader.violation() == expected) return {};
    return std::string(command.name) + ": the straight code says '" +
           wire::describe(reader.violation()) + "', the codec '" + wire::describe(expected) + "'.";
}

std::string RecordRun::again(const wire::StructInfo& info, const void* args) {
    const std::vector<std::uint8_t> first = encoded(info, args);
    wire::Arena arena;
    wire::Reader reader(first.data(), first.size(), arena, &objects_.table());
    const auto second = zeroed(info.size);
    if (!wire::decode(reader, info, second.get()) || !reader.finish())
        return std::string(info.name) + ": what was accepted and encoded again is refused with '" +
               wire::describe(reader.violation()) + "'.";
    if (encoded(info, second.get()) != first)
        return std::string(info.name) + ": what was accepted does not stay the same.";
    return {};
}

void RecordRun::reply(const wire::CommandInfo& command, const std::uint8_t* payload,
                      std::size_t bytes) {
    arena_.reset();
    wire::Reader reader(payload, bytes, arena_);
    wire::decode_into(reader, command.reply, reply_target(command));
}

// Made at the first use: room for a few elements of each array, a chain with every structure.
void* RecordRun::reply_target(const wire::CommandInfo& command) {
    void*& target = targets_[command.number];
    if (target) return target;
    std::uint8_t* at = builder_.block(command.reply.size);
    for (const wire::Field& field : command.reply.fields) {
        if (field.shape != wire::Shape::Pointer && field.shape != wire::Shape::Array) continue;
        const bool chained = field.element == wire::Element::Struct &&
                             wire::kStructs[field.aux].stype != wire::kNoStype;
        const std::uint64_t room = chained ? 1 : kRoomInReplies;
        void* memory = builder_.block(room * field.size);
        if (chained)
            memory =
                builder_.with_chain(wire::kStructs[field.aux], wire::kStructs[field.aux].extenders);
        std::memcpy(at + field.offset, &memory, sizeof(memory));
        if (field.shape == wire::Shape::Array)
            std::memcpy(at + field.id_offset, &room, sizeof(room));
    }
    return target = at;
}

}  // namespace vgpu::fuzz
