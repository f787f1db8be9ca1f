// The link's messages survive the way, and whatever else arrives is refused.
#include "transport/xen/link_messages.h"

#include "tests/catch.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::transport::xen {
namespace {

using Kind = LinkRequest::Kind;
constexpr std::uint64_t kPage = ring::kPageBytes;

LinkRequest full(Kind kind) {
    const bool grants = kind == Kind::Open || kind == Kind::AddRegion;
    LinkRequest request{kind, kind == Kind::Query ? 0u : 7u, 2, 3, 1ull << 40, 5, {}, {1, 2, 3}};
    if (grants) request.grants = {3 * kPage, 9};
    return request;
}

const Kind kKinds[] = {Kind::Query,       Kind::Open,  Kind::AddRegion, Kind::RemoveRegion,
                       Kind::OpenChannel, Kind::Close, Kind::Resume};

TEST_CASE("a request survives the link") {
    for (const Kind kind : kKinds) {
        const LinkRequest sent = full(kind);
        const auto got = decode_request(encode(sent));
        REQUIRE(got);
        CHECK(got->kind == kind);
        CHECK(got->context == sent.context);
        CHECK(got->region == 2);
        CHECK(got->channel == 3);
        CHECK(got->offset == 1ull << 40);
        CHECK(got->port == 5);
        CHECK(got->grants.bytes == sent.grants.bytes);
        CHECK(got->grants.directory == sent.grants.directory);
        CHECK(got->hello == sent.hello);
    }
}

TEST_CASE("a reply survives the link, its text cut and without control characters") {
    const LinkReply sent{LinkReply::Kind::Closed, 4, "a\x1b[31m" + std::string(1000, 'x'), {7, 8}};
    const auto got = decode_reply(encode(sent));
    REQUIRE(got);
    CHECK(got->kind == LinkReply::Kind::Closed);
    CHECK(got->context == 4);
    CHECK(got->text.substr(0, 6) == "a?[31m");
    CHECK(got->text.size() == 400);
    CHECK(got->welcome == std::vector<std::uint8_t>{7, 8});
}

TEST_CASE("every truncation of a link's message is refused, and every longer one") {
    for (const Kind kind : kKinds) {
        std::vector<std::uint8_t> bytes = encode(full(kind));
        for (std::size_t cut = 0; cut < bytes.size(); ++cut)
            CHECK_FALSE(decode_request(std::span(bytes).first(cut)));
        bytes.insert(bytes.end(), 4, 0);
        CHECK_FALSE(decode_request(bytes));
    }
    std::vector<std::uint8_t> bytes = encode(LinkReply{LinkReply::Kind::Done, 1, "why", {1}});
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK_FALSE(decode_reply(std::span(bytes).first(cut)));
    bytes.insert(bytes.end(), 4, 0);
    CHECK_FALSE(decode_reply(bytes));
}

TEST_CASE("each octet of a link's message may be anything") {
    const std::vector<std::uint8_t> request = encode(full(Kind::Open));
    const std::vector<std::uint8_t> reply = encode(LinkReply{LinkReply::Kind::Done, 1, "why", {1}});
    for (std::size_t at = 0; at < std::max(request.size(), reply.size()); ++at) {
        for (int value = 0; value < 256; ++value) {
            auto changed = request;
            changed[at % request.size()] = static_cast<std::uint8_t>(value);
            if (const auto got = decode_request(changed)) CHECK(got->grants.bytes % kPage == 0);
            changed = reply;
            changed[at % reply.size()] = static_cast<std::uint8_t>(value);
            decode_reply(changed);
        }
    }
}

TEST_CASE("a request whose numbers make no sense is refused") {
    const auto refused = [](Kind kind, auto change) {
        LinkRequest request = full(kind);
        change(request);
        return !decode_request(encode(request));
    };
    for (const Kind kind : kKinds) {
        const bool query = kind == Kind::Query;
        CHECK(refused(kind, [&](LinkRequest& r) { r.context = query ? 1 : 0; }));
        const bool grants = kind == Kind::Open || kind == Kind::AddRegion;
        CHECK(refused(kind, [&](LinkRequest& r) { r.grants.bytes = grants ? 0 : kPage; }));
        CHECK(refused(kind, [](LinkRequest& r) { r.hello.resize(kMaxMessageBytes + 1); }));
        CHECK_FALSE(refused(kind, [](LinkRequest& r) { r.hello.resize(kMaxMessageBytes); }));
    }
    for (const std::uint64_t bytes :
         {std::uint64_t{1}, kPage - 1, kPage + 1, (kMaxRegionPages + 1) * kPage,
          std::uint64_t{1} << 63, std::uint64_t{UINT64_MAX}, UINT64_MAX - kPage + 1})
        CHECK(refused(Kind::AddRegion, [&](LinkRequest& r) { r.grants.bytes = bytes; }));
    CHECK_FALSE(
        refused(Kind::AddRegion, [](LinkRequest& r) { r.grants.bytes = kMaxRegionPages * kPage; }));
    for (const std::uint32_t kind : {0u, 8u, 1u << 31, UINT32_MAX})
        CHECK(refused(Kind::Close, [&](LinkRequest& r) { r.kind = static_cast<Kind>(kind); }));
    for (const std::uint32_t kind : {0u, 4u, UINT32_MAX})
        CHECK_FALSE(decode_reply(encode(LinkReply{static_cast<LinkReply::Kind>(kind), 1, "", {}})));
}

}  // namespace
}  // namespace vgpu::transport::xen
