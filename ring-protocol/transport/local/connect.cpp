// The guest's first words: connects, says Hello, understands Welcome, and explains what failed.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/setup_error.h"
#include "base/unique_fd.h"
#include "ring/layout.h"
#include "transport/local/guest.h"
#include "transport/local/guest_end.h"
#include "transport/local/packet.h"
#include "transport/local/shared_memory.h"
#include "transport/local/socket_address.h"

namespace vgpu::transport {

namespace {

using Clock = std::chrono::steady_clock;

std::string quoted(const std::string& path) {
    return "\"" + path + "\"";
}

[[noreturn]] void explain_connect(const std::string& path, int error) {
    const std::string socket = "the vgpu service's socket " + quoted(path);
    switch (error) {
        case ENOENT:
            throw SetupError("There is no socket at " + quoted(path) + ".",
                             "Start the service (gvm-gpud), or name its socket's path.");
        case ECONNREFUSED:
            throw SetupError("Nobody listens on " + socket + ".",
                             "Start the service (gvm-gpud) again.");
        case EACCES:
        case EPERM:
            throw SetupError(
                "User " + std::to_string(::geteuid()) + " may not connect to " + socket + ".",
                "Give this user write access to the socket and search access to its "
                "directories (its group, say).");
        case EPROTOTYPE:
        case ENOTSOCK:
            throw SetupError(quoted(path) + " is not a vgpu service's socket.",
                             "Name the path of the socket that gvm-gpud listens on.");
        case EAGAIN:
            throw SetupError("The vgpu service at " + quoted(path) + " accepts no connection.",
                             "Look whether gvm-gpud is stopped or overloaded.");
        default:
            throw SetupError("Connecting to " + socket + " fails: " + std::strerror(error) + ".",
                             "Look at gvm-gpud's log.");
    }
}

[[noreturn]] void explain_no_answer(const std::string& path, const char* what) {
    throw SetupError("The peer at " + quoted(path) + " " + what + ".",
                     "Look whether a gvm-gpud of this version serves that socket, and at its log.");
}

[[noreturn]] void explain_exhausted(const char* what) {
    throw SetupError(std::string("Making ") + what + " fails: " + std::strerror(errno) + ".",
                     "Raise this process's limit of open files or memory.");
}

UniqueFd connect_socket(const std::string& path, std::chrono::milliseconds patience) {
    const sockaddr_un address = socket_address(path);
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket) explain_exhausted("a socket");
    // connect() waits for a place in the listener's queue.
    const timeval limit{patience.count() / 1000, patience.count() % 1000 * 1000};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
           0) {
        if (errno != EINTR) explain_connect(path, errno);
    }
    return socket;
}

bool readable_before(int socket, Clock::time_point deadline) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        pollfd poll{socket, POLLIN, 0};
        const int ready = ::poll(&poll, 1, static_cast<int>(std::min<long long>(left, 1 << 30)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

Welcome receive_welcome(int socket, const std::string& path, Clock::time_point deadline) {
    std::vector<std::uint8_t> bytes(kMaxMessageBytes);
    for (;;) {
        if (!readable_before(socket, deadline)) explain_no_answer(path, "does not answer");
        const ReceivedPacket packet = receive_packet(socket, bytes);
        if (packet.result == PacketResult::WouldBlock) continue;
        if (packet.result == PacketResult::Gone)
            explain_no_answer(path, "closes the connection without an answer");
        std::optional<Welcome> welcome;
        if (packet.result == PacketResult::Done)
            welcome = decode_welcome({bytes.data(), packet.bytes});
        if (!welcome) explain_no_answer(path, "answers with something else than a Welcome");
        return std::move(*welcome);
    }
}

void throw_refusal(const std::string& path, const Welcome& welcome) {
    if (welcome.refusal == Refusal::None) return;
    const std::string text = welcome.text.empty() ? "It gives no reason." : welcome.text;
    if (welcome.refusal == Refusal::VersionMismatch)
        throw SetupError("The vgpu service at " + quoted(path) +
                             " speaks another protocol version than this driver's " +
                             std::to_string(kProtocolVersion) + ": " + text,
                         "Install driver and service from the same release.");
    throw SetupError("The vgpu service at " + quoted(path) + " refuses: " + text,
                     "Look at gvm-gpud's log.");
}

// The conversation up to an accepting Welcome.
Welcome greet(int socket, const std::string& path, const Hello& hello, std::span<const int> fds,
              std::chrono::milliseconds patience) {
    const std::optional<std::vector<std::uint8_t>> bytes = encode(hello);
    if (!bytes)
        throw SetupError("This driver's Hello is longer than a message may be.",
                         "Install driver and service from the same release.");
    // A refusal may be there already although sending fails.
    const PacketResult sent = send_packet(socket, *bytes, fds);
    if (sent == PacketResult::WouldBlock) explain_no_answer(path, "takes no message");
    Welcome welcome = receive_welcome(socket, path, Clock::now() + patience);
    throw_refusal(path, welcome);
    return welcome;
}

}  // namespace

Welcome query_local(const std::string& path, Hello hello, std::chrono::milliseconds patience) {
    hello.wants_context = false;
    const UniqueFd socket = connect_socket(path, patience);
    return greet(socket.get(), path, hello, {}, patience);
}

std::unique_ptr<GuestTransport> connect_local(const std::string& path, Hello hello,
                                              std::chrono::milliseconds patience) {
    hello.wants_context = true;
    UniqueFd control = make_sealed_memory(ring::kControlRegionBytes);
    Mapping mapping;
    if (!control || !mapping.map(control.get(), ring::kControlRegionBytes))
        explain_exhausted("shared memory");
    UniqueFd doorbell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!doorbell) explain_exhausted("an eventfd");
    UniqueFd socket = connect_socket(path, patience);
    const std::array<int, 2> fds{control.get(), doorbell.get()};
    Welcome welcome = greet(socket.get(), path, hello, fds, patience);
    return make_guest_end(std::move(socket), std::move(doorbell), std::move(control),
                          std::move(mapping), std::move(welcome));
}

}  // namespace vgpu::transport
