// The back end ends the link, or refuses, and goes on.
#include "link_ways.h"

#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "ring/layout.h"
#include "transport/messages.h"

namespace vgpu::hostile {

using namespace transport::xen;

namespace {

constexpr std::uint32_t kDom0 = 0;
constexpr std::uint64_t kControlBytes =
    (ring::kControlRegionBytes + ring::kPageBytes - 1) & ~(ring::kPageBytes - 1);
constexpr std::uint32_t kControlPages = kControlBytes / ring::kPageBytes;

void expect_closed(Way& way, const std::string& what) {
    if (way.front.wait_for({BusState::Closed}) != BusState::Closed)
        throw std::runtime_error(what + ": the back end keeps the link.");
    std::printf("%s: %s\n", what.c_str(), way.front.error().c_str());
}

std::vector<std::uint8_t> hello() {
    transport::Hello hello;
    hello.application = "hostile";
    return transport::encode(hello).value();
}

LinkRequest open_request(ContextId id, std::uint32_t port, const GrantList& grants) {
    LinkRequest request;
    request.kind = LinkRequest::Kind::Open;
    request.context = id;
    request.hello = hello();
    request.port = port;
    request.grants = grants;
    return request;
}

// Octets as they are, into the request ring at its beginning.
void put(Link& link, const void* octets, std::size_t bytes) {
    std::memcpy(link.rings.data() + sizeof(ring::RingHeader), octets, bytes);
    link.requests().tail.store(static_cast<std::uint32_t>(bytes));
}

// What a context's end is told as; the last thing that is said of it.
void wait_for_closed(Way& way, Link& link, ContextId id) {
    for (int i = 0; i < 3000; ++i) {
        if (link.stream->pump()) way.front.ring(link);
        while (const auto message = link.stream->receive()) {
            const auto reply = decode_reply(*message);
            if (reply && reply->kind == LinkReply::Kind::Closed && reply->context == id) return;
        }
        sleep_ms(20);
    }
    throw std::runtime_error("Context " + std::to_string(id) + " does not end.");
}

void close(Way& way, Link& link, ContextId id) {
    LinkRequest request;
    request.kind = LinkRequest::Kind::Close;
    request.context = id;
    link.stream->send(encode(request));
    wait_for_closed(way, link, id);
}

}  // namespace

void ring_indices(Way& way) {
    for (int i = 0; i < 6; ++i) {
        Link link = way.front.connect();
        ring::RingHeader& header = i % 2 == 0 ? link.requests() : link.replies();
        if (i < 2) {
            header.tail.store(kLinkRingBytes + 1);
            header.head.store(0x80000000u + way.random() % 1000);
        } else {
            for (int j = 0; j < 10000; ++j) {
                header.tail.store(static_cast<std::uint32_t>(way.random()));
                header.head.store(static_cast<std::uint32_t>(way.random()));
                if (j % 100 == 0) way.front.ring(link);
            }
            header.tail.store(0x7fffffff);
        }
        // Something to answer, so that both rings are used.
        link.stream->send(encode(LinkRequest{}));
        link.stream->pump();
        link.requests().tail.store(i % 2 == 0 ? 0xfffff000u : link.requests().tail.load());
        way.front.ring(link);
        if (i % 2 == 0) expect_closed(way, "ring indices");
    }
}

void message_lengths(Way& way) {
    for (const std::uint32_t length : {0u, 3u, 4u, 5u, 1u << 20, 0x7fffffffu, 0xffffffffu}) {
        Link link = way.front.connect();
        std::uint8_t message[64] = {};
        std::memcpy(message, &length, sizeof length);
        put(link, message, sizeof message);
        way.front.ring(link);
        expect_closed(way, "message of length " + std::to_string(length));
    }
}

void noise(Way& way) {
    for (int i = 0; i < 10; ++i) {
        Link link = way.front.connect();
        std::vector<std::uint8_t> octets(kLinkRingBytes);
        for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(way.random());
        const auto length = static_cast<std::uint32_t>(16 + way.random() % 1000);
        std::memcpy(octets.data(), &length, sizeof length);
        const std::uint32_t kind = 1 + way.random() % 6;
        std::memcpy(octets.data() + sizeof length, &kind, sizeof kind);
        put(link, octets.data(), octets.size());
        way.front.ring(link);
        expect_closed(way, "noise");
    }
}

void directories(Way& way) {
    Link link = way.front.connect();
    const std::uint32_t gvm = way.front.gvm();
    const SharedPages pages(gvm, kControlPages, true);
    const SharedPages foreign(kDom0, 1, true);
    SharedPages directory(gvm, 1, false);
    if (!pages.data() || !foreign.data() || !directory.data())
        throw std::runtime_error("There are no pages left to share.");
    auto* list = reinterpret_cast<DirectoryPage*>(directory.data());
    const std::uint32_t first = directory.refs()[0];
    ContextId id = 0;
    const auto attempt = [&](const char* what, GrantList grants) {
        const auto reply =
            way.front.ask(link, open_request(++id, way.front.ports().offer(gvm).value(), grants));
        if (!reply) {
            std::printf("%s ends the link: %s\n", what, way.front.error().c_str());
            link = way.front.connect();
            id = 0;
            return;
        }
        const auto welcome = transport::decode_welcome(reply->welcome);
        if (!welcome) throw std::runtime_error(std::string(what) + ": a senseless answer.");
        std::printf("%s: %s\n", what, welcome->text.c_str());
        if (welcome->refusal == transport::Refusal::None) close(way, link, id);
    };
    attempt("a directory nobody granted", {kControlBytes, 300'000});
    attempt("a directory of dom0's", {kControlBytes, foreign.refs()[0]});
    attempt("a region of no bytes", {0, first});
    attempt("a region without end", {std::uint64_t{1} << 60, first});
    attempt("a region of half a page", {kControlBytes + 100, first});
    std::copy(pages.refs().begin(), pages.refs().end(), list->refs);
    list->refs[7] = foreign.refs()[0];
    attempt("a page of dom0's in the list", {kControlBytes, first});
    list->refs[7] = 0xffffffff;
    attempt("a page that is none in the list", {kControlBytes, first});
    list->refs[7] = pages.refs()[8];
    attempt("a page twice", {kControlBytes, first});

    // A context that gets as far as regions, whose directory leads back to itself.
    list->refs[7] = pages.refs()[7];
    LinkRequest request =
        open_request(++id, way.front.ports().offer(gvm).value(), {kControlBytes, first});
    if (!way.front.ask(link, request)) throw std::runtime_error("An honest Open ends the link.");
    list->next = first;
    request.kind = LinkRequest::Kind::AddRegion;
    for (const std::uint64_t region_pages : {2000ull, 4000ull, 1ull << 18, 1ull << 19}) {
        request.region += 1;
        request.grants = {region_pages * ring::kPageBytes, first};
        const auto reply = way.front.ask(link, request, 120);
        std::printf("a directory that is its own next, %llu pages: %s\n",
                    static_cast<unsigned long long>(region_pages),
                    reply ? reply->text.c_str() : "the link ends");
        if (!reply || reply->kind == LinkReply::Kind::Closed) return;
    }
    close(way, link, id);
}

void contexts(Way& way) {
    Link link = way.front.connect();
    const std::uint32_t gvm = way.front.gvm();
    const SharedPages pages(gvm, kControlPages, true);
    const Directory directory(gvm, pages.refs());
    for (ContextId id = 1; id <= static_cast<ContextId>(way.times); ++id) {
        const auto reply =
            way.front.ask(link, open_request(id, way.front.ports().offer(gvm).value(),
                                             {kControlBytes, directory.first()}));
        if (!reply) throw std::runtime_error("An Open ends the link.");
        // All but the first one are left open: the pages go with the process.
        if (id == 1) close(way, link, id);
    }
    // One that was never opened.
    LinkRequest request;
    request.kind = LinkRequest::Kind::RemoveRegion;
    request.context = 4'000'000;
    link.stream->send(encode(request));
    link.stream->pump();
    way.front.ring(link);
    expect_closed(way, "a context that was never opened");
}

void event_storm(Way& way) {
    Link link = way.front.connect();
    for (int i = 0; i < way.times * 1000; ++i) way.front.ring(link);
    if (!way.front.ask(link, LinkRequest{.kind = LinkRequest::Kind::Query, .hello = hello()}))
        throw std::runtime_error("A storm of events ends the link.");
}

void flood(Way& way) {
    Link link = way.front.connect();
    const LinkRequest query{.kind = LinkRequest::Kind::Query, .hello = hello()};
    const std::vector<std::uint8_t> message = encode(query);
    const auto length = static_cast<std::uint32_t>(sizeof(std::uint32_t) + message.size());
    std::vector<std::uint8_t> octets(reinterpret_cast<const std::uint8_t*>(&length),
                                     reinterpret_cast<const std::uint8_t*>(&length + 1));
    octets.insert(octets.end(), message.begin(), message.end());
    ring::Producer producer(link.requests(), link.rings.data() + sizeof(ring::RingHeader),
                            kLinkRingBytes);
    // Nothing is read: the replies pile up at the back end, which must not take them all. It may
    // end the link, or take no more requests.
    constexpr int kStallMs = 3000;
    int stalled = 0, sent = 0;
    for (std::size_t at = 0; sent < way.times * 1000 && stalled < kStallMs;) {
        at += producer.try_write(std::span(octets).subspan(at));
        if (producer.publish()) way.front.ring(link);
        if (at == octets.size()) {
            at = 0;
            ++sent;
            stalled = 0;
            continue;
        }
        way.front.ring(link);
        sleep_ms(5);
        stalled += 5;
        if (way.front.is(BusState::Closed)) break;
    }
    if (stalled < kStallMs && !way.front.is(BusState::Closed))
        throw std::runtime_error("The back end takes requests without end.");
    std::printf("after %d requests: %s\n", sent,
                stalled < kStallMs ? way.front.error().c_str() : "it takes no more");
}

}  // namespace vgpu::hostile
