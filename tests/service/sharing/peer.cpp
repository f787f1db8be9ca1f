// Packets of a number, and at most one descriptor.
#include "sharing/peer.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace vgpu::sharing {

namespace {

constexpr int kPatienceMs = 60'000;

void send_packet(int socket, std::uint64_t number, int fd) {
    iovec data{&number, sizeof(number)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof(control);
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    }
    expect(::sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(number), "The other process reads.");
}

std::uint64_t receive_packet(int socket, UniqueFd& fd) {
    pollfd poll{socket, POLLIN, 0};
    expect(::poll(&poll, 1, kPatienceMs) == 1, "The other process answers within a minute.");
    std::uint64_t number = 0;
    iovec data{&number, sizeof(number)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    expect(::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == sizeof(number),
           "The other process lives.");
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) {
        int received = -1;
        std::memcpy(&received, CMSG_DATA(header), sizeof(received));
        fd.reset(received);
    }
    return number;
}

}  // namespace

void Peer::send(std::uint64_t number) {
    send_packet(socket_.get(), number, -1);
}

void Peer::send_fd(const UniqueFd& fd) {
    send_packet(socket_.get(), 0, fd.get());
}

std::uint64_t Peer::receive() {
    UniqueFd none;
    return receive_packet(socket_.get(), none);
}

UniqueFd Peer::receive_fd() {
    UniqueFd fd;
    receive_packet(socket_.get(), fd);
    return fd;
}

}  // namespace vgpu::sharing
