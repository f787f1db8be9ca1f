// bind, listen, accept, and a Hello that may never come.
#include "transport/local/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/setup_error.h"
#include "ring/layout.h"
#include "transport/local/packet.h"
#include "transport/local/shared_memory.h"
#include "transport/local/socket_address.h"

namespace vgpu::transport {

namespace {

[[noreturn]] void explain(const std::string& doing, const std::string& path, int error) {
    throw SetupError(doing + " \"" + path + "\" fails: " + std::strerror(error) + ".",
                     "Name a path in an existing directory that this user may write.");
}

UniqueFd make_socket() {
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        throw SetupError(std::string("Making a socket fails: ") + std::strerror(errno) + ".",
                         "Raise this process's limit of open files.");
    return socket;
}

// Only a socket that refuses connections is removed: a path that leads to anything else stays.
void remove_stale(const std::string& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    if (!S_ISSOCK(status.st_mode))
        throw SetupError("\"" + path + "\" exists and is no socket.", "Name another path.");
    const UniqueFd probe = make_socket();
    const int connected =
        ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    if (connected == 0 || errno != ECONNREFUSED)
        throw SetupError("Another process serves \"" + path + "\" already.",
                         "Stop it, or name another path.");
    ::unlink(path.c_str());
}

}  // namespace

LocalListener::LocalListener(std::string path, mode_t mode) : path_(std::move(path)) {
    const sockaddr_un address = socket_address(path_);
    remove_stale(path_, address);
    socket_ = make_socket();
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        explain("Making the socket", path_, errno);
    struct stat status {};
    if (::lstat(path_.c_str(), &status) == 0) {
        device_ = status.st_dev;
        inode_ = status.st_ino;
    }
    // Before listen(): until then nobody can connect, whatever the mode is.
    if (::chmod(path_.c_str(), mode) != 0 || ::listen(socket_.get(), kBacklog) != 0) {
        const int error = errno;
        ::unlink(path_.c_str());
        explain("Listening on", path_, error);
    }
}

LocalListener::~LocalListener() {
    struct stat status {};
    // A successor may have taken the path over.
    if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
        ::unlink(path_.c_str());
}

std::unique_ptr<LocalArrival> LocalListener::accept(std::chrono::milliseconds hello_deadline) {
    int fd;
    do {
        fd = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0) return nullptr;
    return std::make_unique<LocalArrival>(UniqueFd(fd),
                                          LocalArrival::Clock::now() + hello_deadline);
}

LocalArrival::LocalArrival(UniqueFd socket, Clock::time_point deadline)
    : socket_(std::move(socket)), deadline_(deadline) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
        peer_ = {credentials.pid, credentials.uid, credentials.gid};
    } else {
        end("The kernel does not say who the peer is.");
    }
}

LocalArrival::State LocalArrival::end(std::string why) {
    state_ = State::Ended;
    why_ended_ = std::move(why);
    control_.reset();
    doorbell_.reset();
    return state_;
}

LocalArrival::State LocalArrival::advance(Clock::time_point now) {
    if (state_ != State::Waiting) return state_;
    std::vector<std::uint8_t> bytes(kMaxMessageBytes);
    ReceivedPacket packet = receive_packet(socket_.get(), bytes);
    switch (packet.result) {
        case PacketResult::WouldBlock:
            return now < deadline_ ? state_ : end("It sends no Hello in time.");
        case PacketResult::Gone:
            return end("It closes the connection before a Hello.");
        case PacketResult::Senseless:
            return end("Its Hello is longer than a message may be.");
        case PacketResult::Done:
            break;
    }
    std::optional<Hello> hello = decode_hello({bytes.data(), packet.bytes});
    if (!hello) return end("Its first message is no Hello.");
    hello_ = std::move(*hello);
    return hear(std::move(packet.fds));
}

LocalArrival::State LocalArrival::hear(std::vector<UniqueFd> fds) {
    if (hello_.protocol_version != kProtocolVersion) {
        const std::string why = "The guest speaks protocol version " +
                                std::to_string(hello_.protocol_version) + ", this service " +
                                std::to_string(kProtocolVersion) + ".";
        answer(refuse(Refusal::VersionMismatch, why));
        return end(why);
    }
    if (hello_.wants_context) {
        if (fds.size() != 2) return end("Its Hello brings no control region and doorbell.");
        const std::string why = why_not_mappable(fds[0].get(), ring::kControlRegionBytes);
        if (!why.empty()) return end(why);
        // Of another kind of file a write could wait, and end the worker with a signal.
        if (!is_eventfd(fds[1].get())) return end("The doorbell is no eventfd.");
        control_ = std::move(fds[0]);
        doorbell_ = std::move(fds[1]);
    }
    return state_ = State::Ready;
}

bool LocalArrival::answer(const Welcome& welcome, std::span<const int> fds) {
    const std::optional<std::vector<std::uint8_t>> bytes = encode(welcome);
    return bytes && send_packet(socket_.get(), *bytes, fds) == PacketResult::Done;
}

LocalHandover LocalArrival::hand_over() {
    state_ = State::Ended;
    return {std::move(socket_), std::move(control_), std::move(doorbell_)};
}

}  // namespace vgpu::transport
