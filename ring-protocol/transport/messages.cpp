// Turns Hello and Welcome into bytes and back, believing nothing.
#include "transport/messages.h"

#include <algorithm>
#include <utility>

#include "wire/arena.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::transport {

namespace {

enum class Kind : std::uint32_t { Hello = 1, Welcome = 2 };

void put_string(wire::Writer& writer, const std::string& text, std::uint32_t limit) {
    const auto bytes = static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), limit));
    writer.u32(bytes);
    writer.raw(text.data(), bytes);
}

std::string get_string(wire::Reader& reader, std::uint32_t limit) {
    const std::uint32_t bytes = reader.count(1);
    if (bytes > limit) reader.fail(wire::Violation::CountOverLimit);
    const std::uint8_t* data = reader.raw(bytes);
    if (data == nullptr || !reader.ok()) return {};
    std::string text(reinterpret_cast<const char*>(data), bytes);
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return text;
}

void put_hashes(wire::Writer& writer, const std::vector<std::uint32_t>& hashes) {
    writer.u32(static_cast<std::uint32_t>(hashes.size()));
    for (const std::uint32_t hash : hashes) writer.u32(hash);
}

std::vector<std::uint32_t> get_hashes(wire::Reader& reader, std::uint32_t limit) {
    const std::uint32_t count = reader.count(sizeof(std::uint32_t));
    if (count > limit) reader.fail(wire::Violation::CountOverLimit);
    if (!reader.ok()) return {};
    std::vector<std::uint32_t> hashes(count);
    for (std::uint32_t& hash : hashes) hash = reader.u32();
    return hashes;
}

std::uint32_t get_bool(wire::Reader& reader) {
    const std::uint32_t value = reader.u32();
    if (value > 1) reader.fail(wire::Violation::BadBool);
    return value;
}

// Magic, kind and version: what every version of the protocol begins with.
void put_head(wire::Writer& writer, Kind kind, std::uint32_t version) {
    writer.u32(kProtocolMagic);
    writer.u32(static_cast<std::uint32_t>(kind));
    writer.u32(version);
}

std::uint32_t get_head(wire::Reader& reader, Kind kind) {
    const bool ours = reader.u32() == kProtocolMagic;
    const bool expected = reader.u32() == static_cast<std::uint32_t>(kind);
    if (!ours || !expected) reader.fail(wire::Violation::BadArgument);
    return reader.u32();
}

std::optional<std::vector<std::uint8_t>> finished(const wire::Writer& writer) {
    if (writer.size() > kMaxMessageBytes) return std::nullopt;
    return std::vector<std::uint8_t>(writer.data(), writer.data() + writer.size());
}

bool too_many(const Welcome& welcome) {
    return welcome.instance_extensions.size() > kMaxExtensions ||
           welcome.command_hashes.size() > kMaxCommandHashes ||
           welcome.link_hashes.size() > kMaxLinkHashes;
}

// Nothing in it is looked at before the reader said that all of it was there.
void get_offer(wire::Reader& reader, Welcome& welcome) {
    welcome.service_version = get_string(reader, kMaxNameBytes);
    welcome.instance_version = reader.u32();
    const std::uint32_t extensions = reader.count(2 * sizeof(std::uint32_t));
    if (extensions > kMaxExtensions) reader.fail(wire::Violation::CountOverLimit);
    for (std::uint32_t i = 0; i < extensions && reader.ok(); ++i) {
        std::string name = get_string(reader, kMaxNameBytes);
        welcome.instance_extensions.push_back({std::move(name), reader.u32()});
    }
    welcome.command_hashes = get_hashes(reader, kMaxCommandHashes);
    welcome.link_hashes = get_hashes(reader, kMaxLinkHashes);
    welcome.memory_limit_bytes = reader.u64();
    welcome.objects_max = reader.u32();
    welcome.channels_max = reader.u32();
    welcome.doorbell_port = reader.u32();
}

}  // namespace

Welcome refuse(Refusal refusal, std::string text) {
    Welcome welcome;
    welcome.refusal = refusal;
    welcome.text = std::move(text);
    return welcome;
}

std::optional<std::vector<std::uint8_t>> encode(const Hello& hello) {
    if (hello.command_hashes.size() > kMaxCommandHashes) return std::nullopt;
    std::vector<std::uint8_t> buffer(1);
    wire::Writer writer(buffer.data(), buffer.data(), buffer);
    put_head(writer, Kind::Hello, hello.protocol_version);
    writer.u32(hello.wants_context ? 1 : 0);
    put_string(writer, hello.application, kMaxNameBytes);
    put_hashes(writer, hello.command_hashes);
    return finished(writer);
}

std::optional<Hello> decode_hello(std::span<const std::uint8_t> bytes) {
    wire::Arena arena(0);
    wire::Reader reader(bytes.data(), bytes.size(), arena);
    Hello hello;
    hello.protocol_version = get_head(reader, Kind::Hello);
    if (!reader.ok()) return std::nullopt;
    if (hello.protocol_version != kProtocolVersion) return hello;
    hello.wants_context = get_bool(reader) != 0;
    hello.application = get_string(reader, kMaxNameBytes);
    hello.command_hashes = get_hashes(reader, kMaxCommandHashes);
    if (!reader.ok() || reader.left() != 0) return std::nullopt;
    return hello;
}

std::optional<std::vector<std::uint8_t>> encode(const Welcome& welcome) {
    if (too_many(welcome)) return std::nullopt;
    std::vector<std::uint8_t> buffer(1);
    wire::Writer writer(buffer.data(), buffer.data(), buffer);
    put_head(writer, Kind::Welcome, kProtocolVersion);
    writer.u32(static_cast<std::uint32_t>(welcome.refusal));
    put_string(writer, welcome.text, kMaxTextBytes);
    put_string(writer, welcome.service_version, kMaxNameBytes);
    writer.u32(welcome.instance_version);
    writer.u32(static_cast<std::uint32_t>(welcome.instance_extensions.size()));
    for (const ExtensionEntry& extension : welcome.instance_extensions) {
        put_string(writer, extension.name, kMaxNameBytes);
        writer.u32(extension.spec_version);
    }
    put_hashes(writer, welcome.command_hashes);
    put_hashes(writer, welcome.link_hashes);
    writer.u64(welcome.memory_limit_bytes);
    writer.u32(welcome.objects_max);
    writer.u32(welcome.channels_max);
    writer.u32(welcome.doorbell_port);
    return finished(writer);
}

std::optional<Welcome> decode_welcome(std::span<const std::uint8_t> bytes) {
    wire::Arena arena(0);
    wire::Reader reader(bytes.data(), bytes.size(), arena);
    Welcome welcome;
    const std::uint32_t version = get_head(reader, Kind::Welcome);
    const std::uint32_t refusal = reader.u32();
    welcome.text = get_string(reader, kMaxTextBytes);
    if (!reader.ok()) return std::nullopt;
    if (version != kProtocolVersion) {
        welcome.refusal = Refusal::VersionMismatch;
        return welcome;
    }
    if (refusal > static_cast<std::uint32_t>(Refusal::Internal)) return std::nullopt;
    welcome.refusal = static_cast<Refusal>(refusal);
    get_offer(reader, welcome);
    if (!reader.ok() || reader.left() != 0) return std::nullopt;
    return welcome;
}

}  // namespace vgpu::transport
