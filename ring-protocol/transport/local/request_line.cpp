// sendmsg, recvmsg and poll, until the ack is there or the peer is gone.
#include "transport/local/request_line.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "transport/local/packet.h"

namespace vgpu::transport {

timespec rest_of(std::chrono::nanoseconds timeout, std::chrono::steady_clock::time_point begin) {
    const auto rest =
        std::max(std::chrono::nanoseconds(0), timeout - (std::chrono::steady_clock::now() - begin));
    return {static_cast<time_t>(rest.count() / 1'000'000'000),
            static_cast<long>(rest.count() % 1'000'000'000)};
}

bool RequestLine::hung_up(short revents) {
    return (revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

RequestLine::Answer RequestLine::ask(Request& request, std::span<const int> fds) {
    const std::lock_guard lock(mutex_);
    if (gone()) return {};
    request.serial = ++last_serial_;
    if (request.kind == Request::Kind::AddRegion || request.kind == Request::Kind::ImportRegion)
        request.region = ++last_region_;
    if (send(encode(request), fds)) {
        if (std::optional<Answer> answer = receive(request.serial)) return std::move(*answer);
    }
    hang_up();
    return {};
}

void RequestLine::hang_up() {
    gone_.store(true, std::memory_order_relaxed);
    ::shutdown(socket_.get(), SHUT_RDWR);
}

bool RequestLine::peer_gone() {
    if (gone()) return true;
    pollfd poll{socket_.get(), POLLRDHUP, 0};
    return ::poll(&poll, 1, 0) > 0 && hung_up(poll.revents);
}

bool RequestLine::wait_for(short events) {
    for (;;) {
        pollfd poll{socket_.get(), events, 0};
        if (::poll(&poll, 1, -1) > 0) return (poll.revents & events) != 0;
        if (errno != EINTR) return false;
    }
}

bool RequestLine::send(const std::vector<std::uint8_t>& bytes, std::span<const int> fds) {
    for (;;) {
        const PacketResult result = send_packet(socket_.get(), bytes, fds);
        if (result == PacketResult::Done) return true;
        if (result != PacketResult::WouldBlock || !wait_for(POLLOUT)) return false;
    }
}

std::optional<RequestLine::Answer> RequestLine::receive(std::uint32_t serial) {
    std::array<std::uint8_t, kMaxAckBytes> bytes;
    for (;;) {
        if (!wait_for(POLLIN)) return std::nullopt;
        ReceivedPacket packet = receive_packet(socket_.get(), bytes);
        if (packet.result == PacketResult::WouldBlock) continue;
        if (packet.result != PacketResult::Done) return std::nullopt;
        const std::optional<Ack> ack = decode_ack({bytes.data(), packet.bytes});
        if (!ack || ack->serial != serial) return std::nullopt;
        Answer answer{ack->refusal.empty(), {}, ack->value};
        if (packet.fds.size() == 1) answer.fd = std::move(packet.fds.front());
        return answer;
    }
}

}  // namespace vgpu::transport
