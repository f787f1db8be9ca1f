// Whole messages go over the link's rings, and senseless octets end it.
#include "transport/xen/link_stream.h"

#include <cstring>

#include "tests/catch.h"
#include "transport/xen/link_messages.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::transport::xen {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::uint32_t n = kLinkRingBytes;

// Both ends over one memory.
struct Pair {
    alignas(64) std::uint8_t memory[kLinkRingPages * ring::kPageBytes] = {};
    ring::RingHeader& requests() { return *reinterpret_cast<ring::RingHeader*>(memory); }
    ring::RingHeader& replies() {
        return *reinterpret_cast<ring::RingHeader*>(memory + kLinkReplyOffset);
    }
    std::uint8_t* request_data() { return memory + sizeof(ring::RingHeader); }
    std::uint8_t* reply_data() { return memory + kLinkReplyOffset + sizeof(ring::RingHeader); }
    LinkStream front{requests(), request_data(), replies(), reply_data(), kLinkRingBytes};
    LinkStream back{replies(), reply_data(), requests(), request_data(), kLinkRingBytes};

    // As a front end that counts its octets as it likes.
    void put_length(std::uint32_t length) {
        std::memcpy(request_data(), &length, sizeof(length));
        requests().tail.store(sizeof(length));
    }
};

Bytes numbered(std::size_t size, std::uint8_t first) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
    return bytes;
}

TEST_CASE_METHOD(Pair,
                 "messages of all lengths arrive whole and in order, longer than the ring too") {
    std::vector<Bytes> sent, got;
    for (const std::size_t size :
         {0u, 1u, 3u, 4u, 5u, 4096u, 32763u, 32764u, 32765u, 32768u, 66000u})
        sent.push_back(numbered(size, static_cast<std::uint8_t>(size)));
    for (const Bytes& each : sent) front.send(each);
    for (int i = 0; i < 100; ++i) {
        front.pump();
        back.pump();
        while (auto message = back.receive()) got.push_back(std::move(*message));
    }
    CHECK(got == sent);
    CHECK(front.broken() == nullptr);
    CHECK(back.broken() == nullptr);
}

TEST_CASE_METHOD(Pair, "the peer is rung when octets moved, and only then") {
    CHECK_FALSE(front.pump());
    front.send({1, 2, 3});
    CHECK(front.pump());
    CHECK_FALSE(front.pump());
    CHECK(back.pump());  // there is room again
    CHECK_FALSE(back.pump());
}

TEST_CASE_METHOD(Pair, "a message of a senseless length breaks the link") {
    const auto length =
        GENERATE(0u, 1u, 3u, std::uint32_t{kMaxLinkMessageBytes + 1}, 1u << 31, UINT32_MAX);
    put_length(length);
    back.pump();
    CHECK(back.has_message());  // so that its owner finds it
    CHECK_FALSE(back.receive());
    CHECK(back.broken() != nullptr);
    CHECK_FALSE(back.has_message());
    CHECK_FALSE(back.pump());
    CHECK_FALSE(back.receive());
}

TEST_CASE_METHOD(Pair, "the longest message and the shortest are none too many") {
    const auto length = GENERATE(4u, std::uint32_t{kMaxLinkMessageBytes});
    front.send(Bytes(length - 4));
    for (int i = 0; i < 10; ++i) {
        front.pump();
        back.pump();
    }
    CHECK(back.receive());
    CHECK(back.broken() == nullptr);
}

TEST_CASE_METHOD(Pair, "indices out of range break the link, and no other memory is touched") {
    const auto index = GENERATE(0u, 1u, n - 1, n, n + 1, 1u << 31, UINT32_MAX);
    const bool of_head = GENERATE(false, true);
    if (of_head) {
        back.send({1, 2, 3, 4});  // 8 octets with their length
        back.pump();
        replies().head.store(index);
        back.send({5});
    } else {
        requests().tail.store(index);
    }
    back.pump();
    while (back.receive()) {
    }
    back.pump();
    if (of_head) {
        CHECK((back.broken() != nullptr) == (index > 8));
    } else {
        // Zeros where a length should be break it too.
        CHECK((back.broken() != nullptr) == (index >= 4));
    }
}

TEST_CASE_METHOD(Pair, "a peer that does not read costs bounded memory, and breaks the link") {
    std::size_t sent = 0;
    bool congested = false;
    for (; sent < 10000 && back.broken() == nullptr; ++sent) {
        back.send(Bytes(1000));
        back.pump();
        congested |= back.is_congested();
    }
    CHECK(congested);
    CHECK(sent <= (LinkStream::kMaxQueuedBytes + kLinkRingBytes) / 1000 + 2);
    CHECK(std::string(back.broken()) == "The peer does not read what it is sent.");
}

TEST_CASE_METHOD(Pair, "a peer that only sends is read ahead by one message and no more") {
    const Bytes small(60);
    for (int i = 0; i < 10000; ++i) {
        front.send(small);
        front.pump();
        if (front.is_congested()) break;
        back.pump();
    }
    CHECK(front.is_congested());
    std::size_t there = 0;
    while (back.receive()) ++there;
    CHECK(there <= kMaxLinkMessageBytes / 64);
}

}  // namespace
}  // namespace vgpu::transport::xen
