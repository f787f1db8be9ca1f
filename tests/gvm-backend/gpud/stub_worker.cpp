// A worker for the supervisor's tests: it maps what it is handed and misbehaves when it is told to.
//
// VGPU_STUB names a file whose text says how: see the words below. Any other text: not at all.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "transport/local/packet.h"
#include "transport/local/requests.h"
#include "transport/xen/host.h"
#include "worker/account.h"
#include "worker/start_message.h"

namespace {

using namespace vgpu;
using namespace vgpu::transport;

std::string read_manner() {
    const char* path = std::getenv("VGPU_STUB");
    std::string word;
    if (path == nullptr) return word;
    std::ifstream(path) >> word;
    std::ofstream(std::string(path) + "." + std::to_string(::getpid()));  // it has been read
    return word;
}
const std::string manner = read_manner();

[[noreturn]] void linger() {
    for (;;) ::pause();  // SIGTERM stays blocked: only SIGKILL ends this
}

// A channel that is opened gets an octet written to its first place, to show that the worker has
// mapped the guest's pages.
class StubHandler final : public HostHandler {
  public:
    explicit StubHandler(worker::AccountLine& line) : line_(line) {}
    void now_shares(std::uint64_t bytes) override { line_.shared_bytes = bytes; }
    std::string add_region(RegionId id, std::shared_ptr<MappedRegion> region) override {
        if (manner == "die-in-region") ::_exit(4);
        if (manner == "refuse") return "The stub refuses.";
        regions_[id] = std::move(region);
        return {};
    }
    std::string remove_region(RegionId id) override {
        if (manner == "die-in-remove") ::_exit(6);
        regions_.erase(id);
        return {};
    }
    std::string open_channel(ChannelId, RegionId region, std::size_t offset,
                             std::unique_ptr<ChannelDoorbell>) override {
        if (manner == "die-in-channel") ::_exit(5);
        regions_.at(region)->data()[offset] = 42;
        return {};
    }

  private:
    worker::AccountLine& line_;
    std::map<RegionId, std::shared_ptr<MappedRegion>> regions_;
};

// Answers requests wrongly, or never.
[[noreturn]] void talk_nonsense(int socket) {
    for (;;) {
        pollfd wait{socket, POLLIN, 0};
        ::poll(&wait, 1, -1);
        std::array<std::uint8_t, kRequestBytes> bytes;
        const ReceivedPacket packet = receive_packet(socket, bytes);
        if (packet.result == PacketResult::Gone) ::_exit(0);
        const auto request = decode_request({bytes.data(), packet.bytes});
        if (!request || manner == "silent") continue;
        if (manner == "garbage") send_packet(socket, std::array<std::uint8_t, 3>{1, 2, 3});
        if (manner == "wrong-serial") send_packet(socket, encode(Ack{request->serial + 1, {}}));
        if (manner == "two-answers") {
            send_packet(socket, encode(Ack{request->serial, {}}));
            send_packet(socket, encode(Ack{request->serial, {}}));
        }
    }
}

int serve(int supervisor, worker::ReceivedStart start) {
    auto guest = std::move(std::get<xen::XenHandover>(start.descriptors.guest));
    if (manner == "silent" || manner == "garbage" || manner == "wrong-serial" ||
        manner == "two-answers")
        talk_nonsense(guest.socket.get());
    RegionLimits limits;
    limits.channels_max = start.message.options.channels_max;
    if (manner == "impatient") guest.patience = std::chrono::milliseconds(50);
    auto account = worker::Account::map(std::move(start.descriptors.account));
    if (!account) return 1;
    xen::XenHostTransport transport(std::move(guest), limits);
    std::thread([&] {
        sigset_t term;
        sigemptyset(&term);
        sigaddset(&term, SIGTERM);
        int signal = 0;
        if (manner == "ignore-sigterm") linger();
        ::sigwait(&term, &signal);
        transport.stop();
    }).detach();
    StubHandler handler(account->page().lines[start.message.options.account_line]);
    const std::string reason = transport.run(handler);
    if (manner == "ignore-sigterm") linger();
    std::string words = manner == "escape" ? "\x1b[31m" : "";
    words += reason;
    worker::send_end(supervisor, {words});
    ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const int supervisor = std::atoi(argv[2]);
    ::signal(SIGPIPE, SIG_IGN);
    if (manner == "die-at-once") return 3;
    try {
        std::optional<worker::ReceivedStart> start = worker::receive_start(supervisor);
        if (!start) return 0;
        if (manner == "die-at-start") ::raise(SIGKILL);
        return serve(supervisor, std::move(*start));
    } catch (const std::exception& error) {
        worker::send_end(supervisor, {error.what()});
        return 1;
    }
}
