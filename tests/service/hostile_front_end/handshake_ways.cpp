// The back end answers each with Closed and a sentence, and begins anew when it is asked to.
#include "handshake_ways.h"

#include <cstdio>
#include <stdexcept>

namespace vgpu::hostile {

using namespace transport::xen;

namespace {

constexpr std::uint32_t kDom0 = 0;

void expect_refused(Way& way, BusState answer, const std::string& what) {
    if (answer != BusState::Closed)
        throw std::runtime_error(what + ": the back end says " + to_string(answer) + ".");
    if (way.front.error().empty())
        throw std::runtime_error(what + ": the back end does not say why.");
    std::printf("%s: %s\n", what.c_str(), way.front.error().c_str());
}

}  // namespace

void forged_link_page(Way& way) {
    const SharedPages foreign(kDom0, 1, true);
    if (!foreign.data()) throw std::runtime_error("No page can be shared with dom0.");
    const auto some = static_cast<std::uint32_t>(way.random() % 10'000);
    for (const std::uint32_t ref :
         {0u, 5u, 0xffffffffu, 0x7fffffffu, 500'000u, some, foreign.refs()[0]}) {
        way.front.begin();
        Link link = way.front.make_link();
        expect_refused(way, way.front.offer(std::to_string(ref), std::to_string(link.port)),
                       "link page of reference " + std::to_string(ref));
    }
}

void forged_ring_pages(Way& way) {
    const SharedPages foreign(kDom0, 1, true);
    for (const std::uint32_t ref : {0xffffffffu, 400'000u, foreign.refs()[0]}) {
        way.front.begin();
        Link link = way.front.make_link();
        link.link_page().ring_refs[kLinkRingPages - 1] = ref;
        expect_refused(
            way, way.front.offer(std::to_string(link.page.refs()[0]), std::to_string(link.port)),
            "ring page of reference " + std::to_string(ref));
    }
    // One page in all places is no nonsense for grants: the rings then make none.
    way.front.begin();
    Link link = way.front.make_link();
    for (std::uint32_t& ref : link.link_page().ring_refs) ref = link.rings.refs()[0];
    way.front.offer(std::to_string(link.page.refs()[0]), std::to_string(link.port));
    for (int i = 0; i < 100; ++i) {
        for (std::uint32_t at = 0; at < ring::kPageBytes; ++at)
            link.rings.data()[at] = static_cast<std::uint8_t>(way.random());
        way.front.ring(link);
    }
    way.front.wait_for({BusState::Closed});
}

void senseless_link_page(Way& way) {
    for (int version : {0, 2, 99}) {
        way.front.begin();
        Link link = way.front.make_link();
        link.link_page().version = static_cast<std::uint32_t>(version);
        if (version == 0) link.link_page().magic = 0;
        expect_refused(
            way, way.front.offer(std::to_string(link.page.refs()[0]), std::to_string(link.port)),
            "link page of version " + std::to_string(version));
    }
}

void senseless_handshake(Way& way) {
    FrontEnd& front = way.front;
    front.begin();
    Link link = front.make_link();
    const std::string ref = std::to_string(link.page.refs()[0]), port = std::to_string(link.port);
    for (const char* node : {"version", "ring-ref", "event-channel"}) front.remove(node);
    front.state(BusState::Initialised);
    expect_refused(way, front.wait_for({BusState::Connected, BusState::Closed}), "no numbers");
    for (const char* version : {"99", "0", "", "one", "-1", "4294967297"}) {
        front.begin();
        expect_refused(way, front.offer(ref, port, version),
                       std::string("version '") + version + "'");
    }
    for (const char* nobody : {"0", "1", "4095", "4294967295", "99999999999", "port", " 7"}) {
        front.begin();
        expect_refused(way, front.offer(ref, nobody), std::string("event channel ") + nobody);
    }
}

void senseless_states(Way& way) {
    FrontEnd& front = way.front;
    const char* states[] = {"0", "1", "2",  "3",  "4", "5",         "6",
                            "7", "8", "-1", "44", "",  "connected", "99999999999"};
    for (int i = 0; i < way.times; ++i) {
        front.write("state", states[way.random() % std::size(states)]);
        if (i % 16 == 0) sleep_ms(20);
    }
    front.begin();
}

void large_values(Way& way) {
    FrontEnd& front = way.front;
    std::size_t most = 0;
    for (std::size_t bytes : {1023u, 1024u, 1025u, 2000u, 2048u, 3000u, 4000u}) {
        std::string value(bytes, '1');
        for (const char* node : {"version", "ring-ref", "event-channel", "error", "state"})
            if (front.try_write(node, value)) most = bytes;
        std::string octets(bytes, '\0');
        for (char& octet : octets) octet = static_cast<char>(way.random());
        front.try_write("error", octets);
        sleep_ms(20);
    }
    std::printf("xenstored takes up to %zu octets\n", most);
    int nodes = 0;
    while (nodes < way.times && front.try_write("more/node" + std::to_string(nodes), "x")) ++nodes;
    std::printf("and %d nodes\n", nodes);
    front.remove("more");
    front.remove("error");
    for (const char* node : {"version", "ring-ref", "event-channel"}) front.remove(node);
    front.begin();
}

void reconnect(Way& way) {
    for (int i = 0; i < way.times; ++i) {
        Link link = way.front.connect();
        if (i % 2 == 0) continue;  // its pages go while the back end has them
        way.front.state(BusState::Closing);
        if (way.front.wait_for({BusState::Closed}) == BusState::Unknown)
            throw std::runtime_error("The back end does not close.");
    }
}

}  // namespace vgpu::hostile
