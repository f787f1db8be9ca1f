// Packets of one application.
#include "dvm-gpud/application.h"

#include <array>
#include <utility>
#include <vector>

#include "daemon/logging.h"
#include "transport/local/packet.h"

namespace vgpu::broker {

using namespace transport;

// Its own memory and doorbell, which came with the Hello, are closed: the broker grants others.
Application::Application(Number number, LocalArrival& arrival)
    : number(number),
      peer(arrival.peer()),
      hello(arrival.hello()),
      came(Clock::now()),
      socket_(arrival.hand_over().socket) {}

std::string Application::name() const {
    return daemon::loggable(hello.application) + " (process " + std::to_string(peer.pid) +
           ", user " + std::to_string(peer.uid) + ")";
}

bool Application::send(const Welcome& welcome, std::span<const UniqueFd> fds) {
    const std::optional<std::vector<std::uint8_t>> bytes = encode(welcome);
    std::vector<int> numbers;
    for (const UniqueFd& fd : fds) numbers.push_back(fd.get());
    return bytes && send_packet(fd(), *bytes, numbers) == PacketResult::Done;
}

bool Application::send(const Context::Answer& answer) {
    const std::array<int, 1> fd_there{answer.fd.get()};
    return send_packet(fd(), encode(answer.ack), std::span(fd_there).first(answer.fd ? 1 : 0)) ==
           PacketResult::Done;
}

Application::Heard Application::hear() {
    std::array<std::uint8_t, kRequestBytes> bytes;
    ReceivedPacket packet = receive_packet(fd(), bytes);
    if (packet.result == PacketResult::WouldBlock) return {};
    if (packet.result == PacketResult::Gone) return {std::nullopt, {}, "The application is gone."};
    Heard heard;
    if (packet.result == PacketResult::Done)
        heard.request = decode_request({bytes.data(), packet.bytes});
    if (!heard.request) heard.why_ended = "The application sends a request that makes no sense.";
    // So it cannot make this process do two things at a time for it.
    const bool has_context =
        state == State::Suspended || state == State::Settling || state == State::Open;
    if (heard.request && (!has_context || context->is_asking()))
        return {std::nullopt, {}, "The application asks before it was answered."};
    if (packet.fds.size() == 1) heard.fd = std::move(packet.fds.front());
    return heard;
}

}  // namespace vgpu::broker
