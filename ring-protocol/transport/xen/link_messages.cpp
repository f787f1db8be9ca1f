// Turns the link's messages into bytes and back, believing nothing.
#include "transport/xen/link_messages.h"

#include <algorithm>
#include <string_view>

#include "ring/layout.h"
#include "transport/xen/vgpuif.h"
#include "wire/arena.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::transport::xen {

namespace {

constexpr std::size_t kMaxReasonBytes = 400;

void put_bytes(wire::Writer& writer, const void* data, std::size_t bytes) {
    writer.u32(static_cast<std::uint32_t>(bytes));
    writer.raw(data, bytes);
}

std::vector<std::uint8_t> get_bytes(wire::Reader& reader, std::size_t limit) {
    const std::uint32_t bytes = reader.count(1);
    if (bytes > limit) reader.fail(wire::Violation::CountOverLimit);
    const std::uint8_t* data = reader.raw(bytes);
    if (data == nullptr || !reader.ok()) return {};
    return {data, data + bytes};
}

std::vector<std::uint8_t> finished(const wire::Writer& writer) {
    return {writer.data(), writer.data() + writer.size()};
}

bool is_page_multiple(std::uint64_t bytes) {
    return bytes % ring::kPageBytes == 0;
}

// What the numbers of a request must be, whatever the state of its context.
bool makes_sense(const LinkRequest& request) {
    using Kind = LinkRequest::Kind;
    const bool names_context = request.kind != Kind::Query;
    if (names_context != (request.context != 0)) return false;
    const bool grants = request.kind == Kind::Open || request.kind == Kind::AddRegion;
    if (grants != (request.grants.bytes != 0) || !is_page_multiple(request.grants.bytes))
        return false;
    return request.grants.bytes <= std::uint64_t{kMaxRegionPages} * ring::kPageBytes;
}

}  // namespace

std::vector<std::uint8_t> encode(const LinkRequest& request) {
    std::vector<std::uint8_t> buffer(1);
    wire::Writer writer(buffer.data(), buffer.data(), buffer);
    writer.u32(static_cast<std::uint32_t>(request.kind));
    writer.u32(request.context);
    writer.u32(request.region);
    writer.u32(request.channel);
    writer.u64(request.offset);
    writer.u32(request.port);
    writer.u32(request.grants.directory);
    writer.u64(request.grants.bytes);
    put_bytes(writer, request.hello.data(), request.hello.size());
    return finished(writer);
}

std::optional<LinkRequest> decode_request(std::span<const std::uint8_t> bytes) {
    wire::Arena arena(0);
    wire::Reader reader(bytes.data(), bytes.size(), arena);
    const std::uint32_t kind = reader.u32();
    if (kind < 1 || kind > 7) return std::nullopt;
    LinkRequest request;
    request.kind = static_cast<LinkRequest::Kind>(kind);
    request.context = reader.u32();
    request.region = reader.u32();
    request.channel = reader.u32();
    request.offset = reader.u64();
    request.port = reader.u32();
    request.grants.directory = reader.u32();
    request.grants.bytes = reader.u64();
    request.hello = get_bytes(reader, kMaxMessageBytes);
    if (!reader.ok() || reader.left() != 0 || !makes_sense(request)) return std::nullopt;
    return request;
}

std::vector<std::uint8_t> encode(const LinkReply& reply) {
    std::vector<std::uint8_t> buffer(1);
    wire::Writer writer(buffer.data(), buffer.data(), buffer);
    writer.u32(static_cast<std::uint32_t>(reply.kind));
    writer.u32(reply.context);
    put_bytes(writer, reply.text.data(), std::min(reply.text.size(), kMaxReasonBytes));
    put_bytes(writer, reply.welcome.data(), reply.welcome.size());
    return finished(writer);
}

std::optional<LinkReply> decode_reply(std::span<const std::uint8_t> bytes) {
    wire::Arena arena(0);
    wire::Reader reader(bytes.data(), bytes.size(), arena);
    const std::uint32_t kind = reader.u32();
    if (kind < 1 || kind > 3) return std::nullopt;
    LinkReply reply;
    reply.kind = static_cast<LinkReply::Kind>(kind);
    reply.context = reader.u32();
    const std::vector<std::uint8_t> text = get_bytes(reader, kMaxReasonBytes);
    reply.text.assign(text.begin(), text.end());
    for (char& c : reply.text) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    reply.welcome = get_bytes(reader, kMaxMessageBytes);
    if (!reader.ok() || reader.left() != 0) return std::nullopt;
    return reply;
}

}  // namespace vgpu::transport::xen
