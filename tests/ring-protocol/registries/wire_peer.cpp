// One end of a meeting between two registries: offers what it knows, writes records of all that the
// other end knows too, and reads the other's. Built once for each registry.
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "object_types.h"
#include "sample_builder.h"
#include "wire/codec.h"
#include "wire/peer_links.h"

namespace vgpu::wire::test {

namespace {

constexpr std::uint64_t kSeeds = 24;

void put(std::ostream& to, std::uint32_t number) {
    to.write(reinterpret_cast<const char*>(&number), sizeof(number));
}
std::uint32_t get_u32(std::istream& from) {
    std::uint32_t number = 0;
    from.read(reinterpret_cast<char*>(&number), sizeof(number));
    return number;
}
void put(std::ostream& to, std::span<const std::uint32_t> numbers) {
    put(to, static_cast<std::uint32_t>(numbers.size()));
    for (const std::uint32_t number : numbers) put(to, number);
}
std::vector<std::uint32_t> get_list(std::istream& from) {
    std::vector<std::uint32_t> numbers(get_u32(from));
    for (std::uint32_t& number : numbers) number = get_u32(from);
    return numbers;
}

int offer(const char* path) {
    std::ofstream to(path, std::ios::binary);
    std::vector<std::uint32_t> hashes;
    for (const CommandInfo& command : kCommands) hashes.push_back(command.name ? command.hash : 0);
    put(to, hashes);
    put(to, kLinkHashes);
    return to ? 0 : 1;
}

// The names of the kinds of objects and the ids of some of each: numbers of kinds are an end's own.
void put_objects(std::ostream& to, const TestObjects& objects) {
    put(to, static_cast<std::uint32_t>(kObjectTypeNames.size()));
    for (std::uint16_t type = 1; type < kObjectTypeNames.size(); ++type) {
        const std::string_view name = kObjectTypeNames[type];
        put(to, static_cast<std::uint32_t>(name.size()));
        to.write(name.data(), static_cast<std::streamsize>(name.size()));
        for (std::uint32_t i = 0; i < TestObjects::kLiveOfEach; ++i) {
            const ObjectId id = objects.live(type, i);
            to.write(reinterpret_cast<const char*>(&id), sizeof(id));
        }
    }
}

std::uint16_t type_named(const std::string& name) {
    for (std::uint16_t type = 1; type < kObjectTypeNames.size(); ++type)
        if (name == kObjectTypeNames[type]) return type;
    return 0;
}

void get_objects(std::istream& from, HandleTable& table) {
    struct One {
        std::uint16_t type;
        ObjectId id;
    };
    std::vector<One> all;
    std::uint32_t device = 0;
    const std::uint32_t types = get_u32(from);
    for (std::uint32_t t = 1; t < types; ++t) {
        std::string name(get_u32(from), ' ');
        from.read(name.data(), static_cast<std::streamsize>(name.size()));
        const std::uint16_t type = type_named(name);
        for (std::uint32_t i = 0; i < TestObjects::kLiveOfEach; ++i) {
            ObjectId id = 0;
            from.read(reinterpret_cast<char*>(&id), sizeof(id));
            if (type == static_cast<std::uint16_t>(ObjectType::Device)) device = index_of(id);
            if (type != 0) all.push_back({type, id});
        }
    }
    for (const One& one : all)
        if (!table.find(one.id))
            table.insert(one.id, one.type, one.id,
                         kDeviceLevel[one.type] ? device : HandleTable::kInstanceScope);
}

int write(const char* offer_path, const char* path, bool blind) {
    std::ifstream offered(offer_path, std::ios::binary);
    const std::vector<std::uint32_t> hashes = get_list(offered);
    const PeerLinks links(get_list(offered));
    std::ofstream to(path, std::ios::binary);
    const TestObjects objects;
    put_objects(to, objects);
    std::size_t commands = 0, unknown = 0;
    for (const CommandInfo& command : kCommands) {
        if (!command.name) continue;
        if (command.number >= hashes.size() || hashes[command.number] != command.hash) {
            ++unknown;
            continue;
        }
        ++commands;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            SampleBuilder builder(objects, seed);
            std::vector<std::uint8_t> octets(1);
            Writer writer(octets.data(), octets.data(), octets, blind ? nullptr : &links);
            encode(writer, command.args, builder.structure(command.args));
            put(to, command.number);
            put(to, static_cast<std::uint32_t>(writer.size()));
            to.write(reinterpret_cast<const char*>(writer.data()),
                     static_cast<std::streamsize>(writer.size()));
        }
    }
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < kLinkHashes.size(); ++i) left_out += !links.knows(i);
    std::cout << commands << " commands, " << unknown << " unknown to the reader, " << left_out
              << " structures left out of chains\n";
    return to ? 0 : 1;
}

int read(const char* path) {
    std::ifstream from(path, std::ios::binary);
    HandleTable table(TestObjects::kLimit);
    get_objects(from, table);
    std::size_t records = 0;
    for (;; ++records) {
        const std::uint32_t number = get_u32(from);
        if (!from) break;
        const std::uint32_t size = get_u32(from);
        std::vector<std::uint64_t> octets((size + 7) / 8);
        from.read(reinterpret_cast<char*>(octets.data()), size);
        const CommandInfo& command = kCommands[number];
        std::vector<std::uint64_t> args((command.args.size + 7) / 8);
        Arena arena;
        Reader reader(reinterpret_cast<const std::uint8_t*>(octets.data()), size, arena, &table);
        if (!decode(reader, command.args, args.data()) || !reader.finish()) {
            std::cout << command.name << ": " << describe(reader.violation()) << "\n";
            return 2;
        }
    }
    std::cout << records << " records\n";
    return 0;
}

}  // namespace

}  // namespace vgpu::wire::test

int main(int argc, char** argv) {
    using namespace vgpu::wire::test;
    const std::string_view verb = argc > 2 ? argv[1] : "";
    if (verb == "offer") return offer(argv[2]);
    if (verb == "read") return read(argv[2]);
    if (argc > 3 && verb == "write") return write(argv[2], argv[3], false);
    if (argc > 3 && verb == "write-blind") return write(argv[2], argv[3], true);
    std::cerr << "usage: wire_peer offer FILE | read FILE | write[-blind] OFFER FILE\n";
    return 64;
}
