// Turns requests and acks into bytes and back.
#include "transport/local/requests.h"

#include <algorithm>

#include "wire/arena.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::transport {

namespace {

std::vector<std::uint8_t> bytes_of(const wire::Writer& writer) {
    return {writer.data(), writer.data() + writer.size()};
}

}  // namespace

std::vector<std::uint8_t> encode(const Request& request) {
    std::vector<std::uint8_t> buffer(1);
    wire::Writer writer(buffer.data(), buffer.data(), buffer);
    writer.u32(kProtocolMagic);
    writer.u32(static_cast<std::uint32_t>(request.kind));
    writer.u32(request.serial);
    writer.u32(request.region);
    writer.u32(request.channel);
    writer.u32(0);
    writer.u64(request.value);
    return bytes_of(writer);
}

std::optional<Request> decode_request(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != kRequestBytes) return std::nullopt;
    wire::Arena arena(0);
    wire::Reader reader(bytes.data(), bytes.size(), arena);
    const bool ours = reader.u32() == kProtocolMagic;
    const std::uint32_t kind = reader.u32();
    if (!ours || kind < 1 || kind > 6) return std::nullopt;
    Request request;
    request.kind = static_cast<Request::Kind>(kind);
    request.serial = reader.u32();
    request.region = reader.u32();
    request.channel = reader.u32();
    if (reader.u32() != 0) return std::nullopt;
    request.value = reader.u64();
    return request;
}

std::vector<std::uint8_t> encode(const Ack& ack) {
    std::vector<std::uint8_t> buffer(1);
    wire::Writer writer(buffer.data(), buffer.data(), buffer);
    const auto bytes = static_cast<std::uint32_t>(std::min(ack.refusal.size(), kMaxRefusalBytes));
    writer.u32(kProtocolMagic);
    writer.u32(ack.serial);
    writer.u64(ack.value);
    writer.u32(bytes);
    writer.raw(ack.refusal.data(), bytes);
    return bytes_of(writer);
}

std::optional<Ack> decode_ack(std::span<const std::uint8_t> bytes) {
    wire::Arena arena(0);
    wire::Reader reader(bytes.data(), bytes.size(), arena);
    const bool ours = reader.u32() == kProtocolMagic;
    Ack ack;
    ack.serial = reader.u32();
    ack.value = reader.u64();
    const std::uint32_t count = reader.count(1);
    const std::uint8_t* text = reader.raw(count);
    if (!ours || !reader.ok() || reader.left() != 0 || count > kMaxRefusalBytes)
        return std::nullopt;
    if (count != 0) ack.refusal.assign(reinterpret_cast<const char*>(text), count);
    return ack;
}

}  // namespace vgpu::transport
