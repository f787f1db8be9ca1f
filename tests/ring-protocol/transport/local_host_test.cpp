// Shows that the worker's end serves a guest's requests, refuses senseless ones, and that each side
// notices the other's death.
#include "transport/local/host.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <map>
#include <string>
#include <thread>

#include "tests/catch.h"
#include "tests/ring-protocol/transport/local_pair.h"
#include "transport/local/packet.h"

namespace vgpu::transport {
namespace {

using namespace std::chrono_literals;
using Wake = GuestTransport::Wake;

class Handler final : public HostHandler {
  public:
    std::string add_region(RegionId id, std::shared_ptr<MappedRegion> region) override {
        regions[id] = std::move(region);
        return refusal;
    }
    std::string remove_region(RegionId id) override {
        regions.erase(id);
        return refusal;
    }
    std::string open_channel(ChannelId channel, RegionId, std::size_t,
                             std::unique_ptr<ChannelDoorbell> doorbell) override {
        if (refusal.empty()) doorbells[channel] = std::move(doorbell);
        return refusal;
    }
    std::map<RegionId, std::shared_ptr<MappedRegion>> regions;
    std::map<ChannelId, std::unique_ptr<ChannelDoorbell>> doorbells;
    std::string refusal;
};

// A host that serves on a thread of its own.
struct Served : LocalPair {
    explicit Served(RegionLimits limits = {.channels_max = 4}) : LocalPair(test_welcome(), limits) {
        thread = std::thread([this] { ended = host->run(handler); });
    }
    ~Served() {
        if (!thread.joinable()) return;
        host->stop();
        thread.join();
    }
    // The host's side dies.
    void kill_host() {
        host->stop();
        thread.join();
        host.reset();
    }
    // Call after the host's thread has nothing to do: each request is over when it is acked.
    Handler handler;
    std::string ended;
    std::thread thread;
};

TEST_CASE("a shared region is the same memory on both sides until it is removed") {
    Served served;
    auto region = served.guest->share(100);
    REQUIRE(region);
    CHECK(region->size() == 4096);
    CHECK(region->id() != 0);
    REQUIRE(served.handler.regions.count(region->id()) == 1);
    const auto mapped = served.handler.regions[region->id()];
    CHECK(mapped->size() == 4096);
    CHECK(mapped->data()[99] == 0);
    region->data()[99] = 5;
    CHECK(mapped->data()[99] == 5);
    mapped->data()[98] = 6;
    CHECK(region->data()[98] == 6);
    CHECK(::ftruncate(region->fd(), 0) != 0);  // sealed
    region.reset();
    CHECK(served.handler.regions.empty());
}

TEST_CASE("a region that the handler or a limit refuses is not shared") {
    Served served({.channels_max = 1, .regions_max = 3, .shared_bytes_max = 1 << 20});
    CHECK(served.guest->share(0) == nullptr);
    CHECK(served.guest->share(SIZE_MAX) == nullptr);
    CHECK(served.guest->share((1 << 20) + 1) == nullptr);
    auto first = served.guest->share(1 << 20);
    REQUIRE(first);
    CHECK(served.guest->share(1) == nullptr);
    first.reset();
    auto a = served.guest->share(1), b = served.guest->share(1), c = served.guest->share(1);
    REQUIRE(c);
    CHECK(served.guest->share(1) == nullptr);
    c.reset();
    served.handler.refusal = "No more.";
    CHECK(served.guest->share(1) == nullptr);
    served.handler.refusal.clear();
    CHECK(served.guest->share(1) != nullptr);
    CHECK_FALSE(served.guest->peer_gone());
}

TEST_CASE("a channel is opened once, inside its region, and below the limit") {
    Served served({.channels_max = 2});
    const auto region = served.guest->share(ring::kChannelBytes + 4096);
    const auto small = served.guest->share(4096);
    CHECK_FALSE(served.guest->open_channel(2, *region, 0));
    CHECK_FALSE(served.guest->open_channel(1000, *region, 0));
    CHECK_FALSE(served.guest->open_channel(0, *region, 8192));
    CHECK_FALSE(served.guest->open_channel(0, *region, 8));
    CHECK_FALSE(served.guest->open_channel(0, *small, 0));
    CHECK_FALSE(served.guest->open_channel(0, served.guest->control_region(), 0));
    CHECK(served.guest->open_channel(0, *region, 4096));
    CHECK_FALSE(served.guest->open_channel(0, *region, 4096));
    CHECK(served.guest->open_channel(1, *region, 0));
    served.handler.refusal = "No.";
    CHECK_FALSE(served.guest->open_channel(1, *region, 0));
}

TEST_CASE("ringing a channel wakes its thread, before or while it waits") {
    Served served;
    const auto region = served.guest->share(2 * ring::kChannelBytes);
    REQUIRE(served.guest->open_channel(0, *region, 0));
    REQUIRE(served.guest->open_channel(1, *region, ring::kChannelBytes));
    ChannelDoorbell& doorbell = *served.handler.doorbells.at(0);
    served.guest->ring_channel(0);
    served.guest->ring_channel(0);
    served.guest->ring_channel(7);  // not open: nothing happens
    doorbell.wait();
    std::atomic<int> woken{0};
    std::thread sleeper([&] {
        doorbell.wait();
        ++woken;
        doorbell.wait();
        ++woken;
    });
    served.guest->ring_channel(1);  // another one's
    std::this_thread::sleep_for(50ms);
    CHECK(woken == 0);
    served.guest->ring_channel(0);
    while (woken == 0) std::this_thread::yield();
    doorbell.stop();
    sleeper.join();
    doorbell.wait();  // stopped for good
    CHECK(woken == 2);
}

TEST_CASE("a guest that empties or blocks its doorbell cannot hold a channel's thread") {
    SocketPair sockets;
    UniqueFd control = make_sealed_memory(ring::kControlRegionBytes);
    LocalHostTransport host({std::move(sockets.host), std::move(control),
                             UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))},
                            {.channels_max = 1});
    Handler handler;
    std::thread thread([&] { host.run(handler); });
    const auto ask = [&](Request request, std::vector<int> fds) {
        std::array<std::uint8_t, kMaxAckBytes> bytes;
        VGPU_CHECK(send_packet(sockets.guest.get(), encode(request), fds) == PacketResult::Done);
        ReceivedPacket packet;
        do {
            packet = receive_packet(sockets.guest.get(), bytes);
        } while (packet.result == PacketResult::WouldBlock);
        return packet;
    };
    UniqueFd memory = make_sealed_memory(ring::kChannelBytes);
    ask({Request::Kind::AddRegion, 1, 1, 0, ring::kChannelBytes}, {memory.get()});
    ReceivedPacket opened = ask({Request::Kind::OpenChannel, 2, 1, 0, 0}, {});
    REQUIRE(opened.fds.size() == 1);
    const int doorbell = opened.fds.front().get();
    ::fcntl(doorbell, F_SETFL, 0);
    std::uint64_t value = 0xffff'ffff'ffff'fffe;
    REQUIRE(::write(doorbell, &value, 8) == 8);
    handler.doorbells.at(0)->wait();
    REQUIRE(::read(doorbell, &value, 8) == 8);
    std::thread sleeper([&] { handler.doorbells.at(0)->wait(); });
    std::this_thread::sleep_for(20ms);
    handler.doorbells.at(0)->stop();
    sleeper.join();
    host.stop();
    thread.join();
}

TEST_CASE("waiting ends by the doorbell, by the time, or by the host's death") {
    Served served;
    CHECK(served.guest->wait(0ns) == Wake::TimedOut);
    const auto begin = std::chrono::steady_clock::now();
    CHECK(served.guest->wait(20ms) == Wake::TimedOut);
    CHECK(std::chrono::steady_clock::now() - begin >= 20ms);
    served.host->ring_guest();
    served.host->ring_guest();
    CHECK(served.guest->wait(10s) == Wake::Doorbell);
    CHECK(served.guest->wait(1ms) == Wake::TimedOut);
    std::thread ringer([&] {
        std::this_thread::sleep_for(20ms);
        served.host->ring_guest();
    });
    CHECK(served.guest->wait(std::nullopt) == Wake::Doorbell);
    ringer.join();
    std::thread killer([&] {
        std::this_thread::sleep_for(20ms);
        served.kill_host();
    });
    CHECK(served.guest->wait(std::nullopt) == Wake::PeerGone);
    killer.join();
    CHECK(served.guest->peer_gone());
    CHECK(served.guest->share(4096) == nullptr);
    CHECK(served.guest->wait(std::nullopt) == Wake::PeerGone);
}

TEST_CASE("a thread that waits takes no ack from the threads that ask") {
    Served served;
    std::atomic<bool> over{false};
    std::thread waiter([&] {
        while (!over) served.guest->wait(std::nullopt);
    });
    std::vector<std::thread> askers;
    std::atomic<int> shared{0};
    for (int i = 0; i < 4; ++i) {
        askers.emplace_back([&] {
            for (int n = 0; n < 100; ++n) shared += served.guest->share(4096) != nullptr;
        });
    }
    for (std::thread& asker : askers) asker.join();
    over = true;
    served.host->ring_guest();
    waiter.join();
    CHECK(shared == 400);
    CHECK(served.handler.regions.empty());
}

TEST_CASE("the worker's run ends when the guest is gone") {
    Served served;
    const auto region = served.guest->share(4096);
    served.guest.reset();
    REQUIRE(region);
    // The region keeps the connection: it is a part of the guest.
    const_cast<std::unique_ptr<SharedRegion>&>(region).reset();
    served.thread.join();
    CHECK(served.ended == "The guest is gone.");
}

TEST_CASE("requests that make no sense end the worker's run or are refused") {
    SocketPair sockets;
    auto host = std::make_unique<LocalHostTransport>(
        LocalHandover{std::move(sockets.host), make_sealed_memory(ring::kControlRegionBytes),
                      UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))},
        RegionLimits{.channels_max = 1});
    Handler handler;
    const auto send = [&](const std::vector<std::uint8_t>& bytes, std::vector<int> fds = {}) {
        VGPU_CHECK(send_packet(sockets.guest.get(), bytes, fds) == PacketResult::Done);
    };
    const auto ack_text = [&] {
        std::array<std::uint8_t, kMaxAckBytes> bytes;
        const ReceivedPacket packet = receive_packet(sockets.guest.get(), bytes);
        VGPU_CHECK(packet.result == PacketResult::Done);
        return decode_ack({bytes.data(), packet.bytes})->refusal;
    };
    SECTION("garbage") {
        send({1, 2, 3});
        CHECK(host->run(handler) == "The guest sends a request that makes no sense.");
    }
    SECTION("too long") {
        send(std::vector<std::uint8_t>(1000));
        CHECK(host->run(handler) == "The guest sends a request that makes no sense.");
    }
    SECTION("acks that are not read") {
        std::thread flood([&] {
            const auto bytes = encode(Request{Request::Kind::RemoveRegion, 1, 9, 0, 0});
            for (;;) {
                const PacketResult result = send_packet(sockets.guest.get(), bytes);
                if (result == PacketResult::Gone) return;
                std::this_thread::yield();
            }
        });
        CHECK(host->run(handler) == "The guest does not read its acks.");
        host.reset();
        flood.join();
    }
    SECTION("refused regions") {
        UniqueFd unsealed(::memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        REQUIRE(::ftruncate(unsealed.get(), 8192) == 0);
        UniqueFd sealed = make_sealed_memory(8192);
        const auto add = [&](RegionId id, std::uint64_t bytes) {
            return encode(Request{Request::Kind::AddRegion, 1, id, 0, bytes});
        };
        send(add(1, 8192));
        send(add(1, 8192), {sealed.get(), sealed.get()});
        send(add(1, 8192), {unsealed.get()});
        send(add(1, 12288), {sealed.get()});
        send(add(1, 5000), {sealed.get()});
        send(add(0, 8192), {sealed.get()});
        send(add(5, 4096), {sealed.get()});
        send(add(5, 8192), {sealed.get()});
        send(add(4, 8192), {sealed.get()});
        send(encode(Request{Request::Kind::RemoveRegion, 1, 9, 0, 0}));
        send(std::vector<std::uint8_t>(8));
        CHECK_FALSE(host->run(handler).empty());
        CHECK(ack_text() == "A region comes with one descriptor.");
        CHECK(ack_text() == "A region comes with one descriptor.");
        CHECK(ack_text() == "The shared memory lacks F_SEAL_SHRINK.");
        CHECK(ack_text().find("8192 bytes") != std::string::npos);
        CHECK(ack_text().find("does not fit") != std::string::npos);
        CHECK(ack_text() == "Region ids must grow.");
        CHECK(ack_text().empty());
        CHECK(ack_text() == "Region ids must grow.");
        CHECK(ack_text() == "Region ids must grow.");
        CHECK(ack_text() == "There is no such region.");
        CHECK(handler.regions.size() == 1);
    }
}

TEST_CASE("a senseless ack counts as the worker's death") {
    SocketPair sockets;
    UniqueFd control = make_sealed_memory(ring::kControlRegionBytes);
    Mapping mapping;
    REQUIRE(mapping.map(control.get(), ring::kControlRegionBytes));
    const auto guest =
        make_guest_end(std::move(sockets.guest), UniqueFd(::eventfd(0, EFD_NONBLOCK)),
                       std::move(control), std::move(mapping), test_welcome());
    const auto bytes = GENERATE(std::vector<std::uint8_t>(3), encode(Ack{77, ""}),
                                std::vector<std::uint8_t>(2 * kMaxAckBytes));
    send_packet(sockets.host.get(), bytes);
    CHECK(guest->share(4096) == nullptr);
    CHECK(guest->peer_gone());
    CHECK(guest->wait(std::nullopt) == Wake::PeerGone);
}

}  // namespace
}  // namespace vgpu::transport
