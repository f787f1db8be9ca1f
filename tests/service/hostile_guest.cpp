// vgpu-hostile-guest speaks the protocol as no driver would: nonsense in a ring of its own.
//
//     vgpu-hostile-guest SOCKET WAY SEED
//
// Exits 0 when the service ended the context, 1 when it did not within ten seconds.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "commands.h"
#include "ring/layout.h"
#include "transport/local/guest.h"
#include "wire/description.h"

namespace {

using namespace vgpu;

struct Guest {
    explicit Guest(const std::string& socket) {
        transport::Hello hello;
        hello.application = "vgpu-hostile-guest";
        for (const wire::CommandInfo& command : wire::kCommands)
            hello.command_hashes.push_back(command.hash);
        transport = transport::connect_local(socket, hello);
        region = transport->share(ring::kChannelBytes);
        if (!region || !transport->open_channel(0, *region, 0)) std::exit(2);
        header = reinterpret_cast<ring::RingHeader*>(region->data());
        data = region->data() + sizeof(ring::RingHeader);
    }
    // Waits for room; drops what the host no longer takes.
    void put(const void* bytes, std::size_t n) {
        while (header->tail.load() - header->head.load() + n > ring::kCommandRingBytes) {
            if (transport->peer_gone()) return;
            transport->ring_channel(0);
            transport->wait(std::chrono::milliseconds(1));
        }
        const std::uint32_t tail = header->tail.load();
        for (std::size_t i = 0; i < n; ++i)
            data[(tail + i) % ring::kCommandRingBytes] = static_cast<const std::uint8_t*>(bytes)[i];
        header->tail.store(tail + static_cast<std::uint32_t>(n));
        transport->ring_channel(0);
    }
    // True when the context ended.
    bool ended() {
        for (int i = 0; i < 100; ++i) {
            if (transport->peer_gone()) return true;
            transport->wait(std::chrono::milliseconds(100));
        }
        return false;
    }

    std::unique_ptr<transport::GuestTransport> transport;
    std::unique_ptr<transport::SharedRegion> region;
    ring::RingHeader* header = nullptr;
    std::uint8_t* data = nullptr;
};

// Octets without sense where records should be, more than the longest short record has.
void noise(Guest& guest, std::mt19937& random) {
    for (int i = 0; i < 1024 && !guest.transport->peer_gone(); ++i) {
        std::uint32_t words[256];
        for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random());
        guest.put(words, sizeof words);
    }
}

// Records of real commands with random arguments.
void arguments(Guest& guest, std::mt19937& random) {
    std::uint32_t order = 0;
    for (int i = 0; i < 500; ++i) {
        const wire::CommandInfo& command = wire::kCommands[random() % wire::kCommands.size()];
        if (!command.name) continue;
        const std::uint16_t words = static_cast<std::uint16_t>(1 + random() % 32);
        if (command.place == wire::Place::Ordered) ++order;
        const ring::RecordHeader header{command.number, words, order};
        std::uint32_t payload[64];
        for (std::uint32_t& word : payload) word = random() % 4;
        guest.put(&header, sizeof header);
        guest.put(payload, words * 8u - 8u);
    }
}

// A tail beyond everything.
void forged_tail(Guest& guest, std::mt19937& random) {
    guest.header->tail.store(ring::kCommandRingBytes + 8 + random() % 1000);
    guest.transport->ring_channel(0);
}

// Indices that jump about while the host reads.
void jumping(Guest& guest, std::mt19937& random) {
    for (int i = 0; i < 100000; ++i) {
        guest.header->tail.store(static_cast<std::uint32_t>(random()));
        guest.header->head.store(static_cast<std::uint32_t>(random()));
        if (i % 1000 == 0) guest.transport->ring_channel(0);
    }
}

// A record whose length no context may have.
void endless_record(Guest& guest, std::mt19937&) {
    const ring::RecordHeader header{static_cast<std::uint16_t>(wire::Command::vkCreateInstance), 0,
                                    1};
    const std::uint64_t bytes = std::uint64_t{1} << 40;
    guest.put(&header, sizeof header);
    guest.put(&bytes, sizeof bytes);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: vgpu-hostile-guest SOCKET WAY SEED\n");
        return 2;
    }
    const std::string way = argv[2];
    std::mt19937 random(static_cast<unsigned>(std::atoi(argv[3])));
    Guest guest(argv[1]);
    if (way == "noise")
        noise(guest, random);
    else if (way == "arguments")
        arguments(guest, random);
    else if (way == "forged-tail")
        forged_tail(guest, random);
    else if (way == "jumping")
        jumping(guest, random);
    else if (way == "endless-record")
        endless_record(guest, random);
    else
        return 2;
    return guest.ended() ? 0 : 1;
}
