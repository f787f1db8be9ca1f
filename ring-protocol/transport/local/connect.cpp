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
#include "transport/xen/guest_end.h"

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

// What an accepted guest was told, and given.
struct Greeting {
    Welcome welcome;
    std::vector<UniqueFd> fds;  // of a broker: the granted control region, and the bell's device
};

Greeting receive_welcome(int socket, const std::string& path, Clock::time_point deadline) {
    std::vector<std::uint8_t> bytes(kMaxMessageBytes);
    for (;;) {
        if (!readable_before(socket, deadline)) explain_no_answer(path, "does not answer");
        ReceivedPacket packet = receive_packet(socket, bytes);
        if (packet.result == PacketResult::WouldBlock) continue;
        if (packet.result == PacketResult::Gone)
            explain_no_answer(path, "closes the connection without an answer");
        std::optional<Welcome> welcome;
        if (packet.result == PacketResult::Done)
            welcome = decode_welcome({bytes.data(), packet.bytes});
        if (!welcome) explain_no_answer(path, "answers with something else than a Welcome");
        return {std::move(*welcome), std::move(packet.fds)};
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
Greeting greet(int socket, const std::string& path, const Hello& hello, std::span<const int> fds,
               std::chrono::milliseconds patience) {
    const std::optional<std::vector<std::uint8_t>> bytes = encode(hello);
    if (!bytes)
        throw SetupError("This driver's Hello is longer than a message may be.",
                         "Install driver and service from the same release.");
    // A refusal may be there already although sending fails.
    const PacketResult sent = send_packet(socket, *bytes, fds);
    if (sent == PacketResult::WouldBlock) explain_no_answer(path, "takes no message");
    Greeting greeting = receive_welcome(socket, path, Clock::now() + patience);
    throw_refusal(path, greeting.welcome);
    return greeting;
}

// A broker's guest: the broker made the memory and the bell, and this end's own are dropped.
std::unique_ptr<GuestTransport> make_granted(UniqueFd socket, const std::string& path,
                                             Greeting& greeting) {
    if (greeting.fds.size() != 2) explain_no_answer(path, "sends no memory with its Welcome");
    xen::GrantedContext context{std::move(greeting.fds[0]), std::move(greeting.fds[1])};
    std::unique_ptr<GuestTransport> end =
        xen::make_guest_end(std::move(socket), std::move(context), std::move(greeting.welcome));
    if (!end) explain_exhausted("a mapping of granted pages");
    return end;
}

}  // namespace

Welcome query_local(const std::string& path, Hello hello, std::chrono::milliseconds patience) {
    hello.wants_context = false;
    const UniqueFd socket = connect_socket(path, patience);
    return greet(socket.get(), path, hello, {}, patience).welcome;
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
    Greeting greeting = greet(socket.get(), path, hello, fds, patience);
    if (greeting.welcome.doorbell_port != 0) return make_granted(std::move(socket), path, greeting);
    return make_guest_end(std::move(socket), std::move(doorbell), std::move(control),
                          std::move(mapping), std::move(greeting.welcome));
}

}  // namespace vgpu::transport
