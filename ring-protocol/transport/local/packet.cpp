// sendmsg() and recvmsg() with SCM_RIGHTS.
#include "transport/local/packet.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace vgpu::transport {

namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(kMaxPacketFds * sizeof(int));

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
}

// The kernel has installed them here already: each needs an owner before anything else.
void take_fds(msghdr& message, std::vector<UniqueFd>& fds) {
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
         head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            fds.emplace_back(fd);
        }
    }
}

}  // namespace

PacketResult send_packet(int socket, std::span<const std::uint8_t> bytes,
                         std::span<const int> fds) {
    alignas(cmsghdr) char control[kControlBytes] = {};
    iovec vector{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (!fds.empty()) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(fds.size_bytes());
        cmsghdr* head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(fds.size_bytes());
        std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
    }
    ssize_t sent;
    do {
        sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return PacketResult::Done;
    return would_block() ? PacketResult::WouldBlock : PacketResult::Gone;
}

ReceivedPacket receive_packet(int socket, std::span<std::uint8_t> into) {
    alignas(cmsghdr) char control[kControlBytes];
    iovec vector{into.data(), into.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    ReceivedPacket packet;
    packet.fds.reserve(kMaxPacketFds + 1);
    ssize_t received;
    do {
        received = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received < 0) {
        packet.result = would_block() ? PacketResult::WouldBlock : PacketResult::Gone;
        return packet;
    }
    take_fds(message, packet.fds);
    packet.bytes = static_cast<std::size_t>(received);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        packet.result = PacketResult::Senseless;
    } else {
        // No message of ours is empty: 0 bytes is the end.
        packet.result = received == 0 ? PacketResult::Gone : PacketResult::Done;
    }
    return packet;
}

}  // namespace vgpu::transport
