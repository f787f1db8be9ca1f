// Shows how a guest and the supervisor meet, and what each says when the other is not what it
// should be.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/setup_error.h"
#include "tests/catch.h"
#include "tests/ring-protocol/transport/local_pair.h"
#include "transport/local/guest.h"
#include "transport/local/listener.h"
#include "transport/local/packet.h"

namespace vgpu::transport {
namespace {

using State = LocalArrival::State;
using namespace std::chrono_literals;

class TemporaryFolder {
  public:
    TemporaryFolder() {
        VGPU_CHECK(::mkdtemp(path_) != nullptr);
        VGPU_CHECK(::chmod(path_, 0755) == 0);
    }
    ~TemporaryFolder() {
        ::unlink(socket().c_str());
        ::rmdir(path_);
    }
    std::string socket() const { return std::string(path_) + "/s"; }

  private:
    char path_[32] = "/tmp/vgpu-test-XXXXXX";
};

bool wait_readable(int fd) {
    pollfd poll{fd, POLLIN, 0};
    return ::poll(&poll, 1, 10'000) == 1;
}

UniqueFd plain_socket(const std::string& path, int type, bool listening) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    if (listening) {
        VGPU_CHECK(::bind(socket.get(), to, sizeof(address)) == 0);
        VGPU_CHECK(::listen(socket.get(), 4) == 0);
    } else {
        VGPU_CHECK(::connect(socket.get(), to, sizeof(address)) == 0);
    }
    return socket;
}

std::string error_of(const std::function<void()>& connect) {
    try {
        connect();
    } catch (const SetupError& error) {
        return error.what();
    }
    return "no error";
}

std::string connect_error(const std::string& path, std::chrono::milliseconds patience = 5s) {
    return error_of([&] { connect_local(path, Hello{}, patience); });
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Accepts one guest and waits for its Hello (or its end).
std::unique_ptr<LocalArrival> greet_one(LocalListener& listener) {
    VGPU_CHECK(wait_readable(listener.fd()));
    std::unique_ptr<LocalArrival> arrival = listener.accept();
    VGPU_CHECK(arrival != nullptr);
    while (arrival->advance() == State::Waiting) VGPU_CHECK(wait_readable(arrival->fd()));
    return arrival;
}

TEST_CASE("a guest gets its context and the worker its descriptors") {
    TemporaryFolder folder;
    LocalListener listener(folder.socket());
    LocalHandover handover;
    std::thread supervisor([&] {
        const auto arrival = greet_one(listener);
        VGPU_CHECK(arrival->advance() == State::Ready);
        VGPU_CHECK(arrival->hello().wants_context);
        VGPU_CHECK(arrival->hello().application == "a test");
        VGPU_CHECK(arrival->hello().command_hashes.size() == 2000);
        VGPU_CHECK(arrival->peer().pid == ::getpid() && arrival->peer().uid == ::getuid());
        Welcome welcome = test_welcome();
        welcome.command_hashes.resize(2000, 5);
        for (int i = 0; i < 40; ++i)
            welcome.instance_extensions.push_back({"VK_EXT_number_" + std::to_string(i), 1});
        VGPU_CHECK(arrival->answer(welcome));
        handover = arrival->hand_over();
    });
    Hello hello;
    hello.application = "a test";
    hello.command_hashes.resize(2000, 7);
    const auto guest = connect_local(folder.socket(), hello);
    supervisor.join();
    CHECK(guest->welcome().command_hashes == std::vector<std::uint32_t>(2000, 5));
    CHECK(guest->welcome().instance_extensions.size() == 40);

    LocalHostTransport host(std::move(handover), {.channels_max = 1});
    guest->control_region().data()[77] = 42;
    CHECK(host.control_region().data()[77] == 42);
    host.ring_guest();
    CHECK(guest->wait(10s) == GuestTransport::Wake::Doorbell);
    CHECK_FALSE(guest->peer_gone());
}

TEST_CASE("a guest may ask only what the host offers") {
    TemporaryFolder folder;
    LocalListener listener(folder.socket());
    std::thread supervisor([&] {
        const auto arrival = greet_one(listener);
        VGPU_CHECK(arrival->advance() == State::Ready && !arrival->hello().wants_context);
        Welcome welcome = test_welcome();
        welcome.service_version = "9.9";
        VGPU_CHECK(arrival->answer(welcome));
    });
    CHECK(query_local(folder.socket(), Hello{}).service_version == "9.9");
    supervisor.join();
}

TEST_CASE("a refusal reaches the guest with its text") {
    TemporaryFolder folder;
    LocalListener listener(folder.socket());
    std::thread supervisor([&] {
        greet_one(listener)->answer(refuse(Refusal::TooManyContexts, "There are 8 contexts."));
    });
    CHECK(contains(connect_error(folder.socket()), "There are 8 contexts."));
    supervisor.join();
}

TEST_CASE("a guest of another version is refused by the listener and told so") {
    TemporaryFolder folder;
    LocalListener listener(folder.socket());
    std::thread supervisor([&] {
        const auto arrival = greet_one(listener);
        VGPU_CHECK(arrival->advance() == State::Ended);
        VGPU_CHECK(contains(arrival->why_ended(), "version 12"));
    });
    Hello hello;
    hello.protocol_version = 12;
    const std::string error = error_of([&] { connect_local(folder.socket(), hello); });
    supervisor.join();
    CHECK(contains(error, "another protocol version"));
    CHECK(contains(error, "same release"));
}

TEST_CASE("connecting where nobody serves says so and names the remedy") {
    TemporaryFolder folder;
    CHECK(contains(connect_error(folder.socket()), "There is no socket"));
    CHECK(contains(connect_error(folder.socket()), "Start the service"));
    plain_socket(folder.socket(), SOCK_SEQPACKET, true).reset();
    CHECK(contains(connect_error(folder.socket()), "Nobody listens"));
    CHECK(contains(connect_error(std::string(200, 'x')), "200 bytes"));
    CHECK(contains(connect_error(""), "0 bytes"));
}

TEST_CASE("connecting to a socket of another kind says so") {
    TemporaryFolder folder;
    const UniqueFd stream = plain_socket(folder.socket(), SOCK_STREAM, true);
    CHECK(contains(connect_error(folder.socket()), "not a vgpu service's socket"));
}

TEST_CASE("connecting without permission says who may not") {
    if (::geteuid() != 0) return;  // changing the file user needs root
    TemporaryFolder folder;
    LocalListener listener(folder.socket(), 0600);
    std::string error;
    std::thread other([&] {
        ::setfsuid(65534);  // of this thread only
        error = connect_error(folder.socket());
    });
    other.join();
    CHECK(contains(error, "may not connect"));
    CHECK(contains(error, "write access"));
}

TEST_CASE("a peer that answers nonsense, nothing, or hangs up is no service") {
    TemporaryFolder folder;
    const UniqueFd listening = plain_socket(folder.socket(), SOCK_SEQPACKET, true);
    SECTION("nonsense") {
        std::thread peer([&] {
            UniqueFd guest(::accept(listening.get(), nullptr, nullptr));
            send_packet(guest.get(), std::vector<std::uint8_t>(100, 'z'));
            wait_readable(guest.get());
            char some[16];
            while (::recv(guest.get(), some, sizeof(some), 0) > 0) {
            }
        });
        CHECK(contains(connect_error(folder.socket()), "something else than a Welcome"));
        peer.join();
    }
    SECTION("nothing") {
        CHECK(contains(connect_error(folder.socket(), 50ms), "does not answer"));
    }
    SECTION("a hang-up") {
        std::thread peer([&] { UniqueFd(::accept(listening.get(), nullptr, nullptr)).reset(); });
        CHECK(contains(connect_error(folder.socket()), "without an answer"));
        peer.join();
    }
}

TEST_CASE("a full queue of connects does not hold a guest for ever") {
    TemporaryFolder folder;
    const UniqueFd listening = plain_socket(folder.socket(), SOCK_SEQPACKET, true);
    ::listen(listening.get(), 0);
    const UniqueFd first = plain_socket(folder.socket(), SOCK_SEQPACKET, false);
    CHECK(contains(connect_error(folder.socket(), 50ms), "accepts no connection"));
}

TEST_CASE("a stale socket is replaced, a living one and other files are not") {
    TemporaryFolder folder;
    plain_socket(folder.socket(), SOCK_SEQPACKET, true).reset();
    {
        LocalListener listener(folder.socket(), 0640);
        struct stat status;
        REQUIRE(::stat(folder.socket().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0640);
        CHECK(contains(error_of([&] { LocalListener second(folder.socket()); }), "already"));
    }
    CHECK(::access(folder.socket().c_str(), F_OK) != 0);
    UniqueFd file(::open(folder.socket().c_str(), O_CREAT | O_RDWR, 0600));
    CHECK(contains(error_of([&] { LocalListener second(folder.socket()); }), "no socket"));
}

// A hostile guest's connection and what the supervisor makes of it.
struct Attack {
    Attack() : listener(folder.socket()) {
        guest = plain_socket(folder.socket(), SOCK_SEQPACKET, false);
        arrival = listener.accept(10s);
        VGPU_CHECK(arrival != nullptr);
    }
    State send(const std::vector<std::uint8_t>& bytes, std::vector<int> fds = {}) {
        VGPU_CHECK(send_packet(guest.get(), bytes, fds) == PacketResult::Done);
        return arrival->advance();
    }
    TemporaryFolder folder;
    LocalListener listener;
    UniqueFd guest;
    std::unique_ptr<LocalArrival> arrival;
};

TEST_CASE("a guest that says nothing is dropped after its deadline without a wait") {
    Attack attack;
    CHECK(attack.arrival->advance() == State::Waiting);
    CHECK(attack.arrival->advance(attack.arrival->deadline() - 1ms) == State::Waiting);
    CHECK(attack.arrival->advance(attack.arrival->deadline()) == State::Ended);
    CHECK(contains(attack.arrival->why_ended(), "no Hello in time"));
}

TEST_CASE("garbage, a half and an overlong Hello end the connection only") {
    Attack attack;
    SECTION("garbage") {
        CHECK(attack.send({1, 2, 3}) == State::Ended);
    }
    SECTION("a half") {
        auto bytes = *encode(Hello{});
        bytes.resize(bytes.size() / 2);
        CHECK(attack.send(bytes) == State::Ended);
    }
    SECTION("overlong") {
        CHECK(attack.send(std::vector<std::uint8_t>(kMaxMessageBytes + 1)) == State::Ended);
    }
    SECTION("hang-up") {
        attack.guest.reset();
        CHECK(attack.arrival->advance() == State::Ended);
    }
    CHECK_FALSE(attack.arrival->why_ended().empty());
    CHECK(attack.listener.accept() == nullptr);
}

TEST_CASE("a Hello with the wrong descriptors is refused and leaks none") {
    Attack attack;
    const auto hello = *encode(Hello{});
    UniqueFd good = make_sealed_memory(ring::kControlRegionBytes);
    UniqueFd small = make_sealed_memory(ring::kPageBytes);
    UniqueFd unsealed(::memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    REQUIRE(::ftruncate(unsealed.get(), ring::kControlRegionBytes) == 0);
    UniqueFd event(::eventfd(0, EFD_CLOEXEC));
    int pipes[2];
    REQUIRE(::pipe2(pipes, O_CLOEXEC) == 0);
    UniqueFd pipe_end(pipes[0]), other_end(pipes[1]);
    SECTION("none") {
        CHECK(attack.send(hello) == State::Ended);
    }
    SECTION("one") {
        CHECK(attack.send(hello, {good.get()}) == State::Ended);
    }
    SECTION("too many") {
        const int fd = event.get();
        alignas(cmsghdr) char control[CMSG_SPACE(20 * sizeof(int))] = {};
        auto* head = reinterpret_cast<cmsghdr*>(control);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(20 * sizeof(int));
        for (int i = 0; i < 20; ++i) std::memcpy(CMSG_DATA(head) + 4 * i, &fd, 4);
        iovec vector{const_cast<std::uint8_t*>(hello.data()), hello.size()};
        msghdr message{};
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof(control);
        REQUIRE(::sendmsg(attack.guest.get(), &message, 0) > 0);
        CHECK(attack.arrival->advance() == State::Ended);
    }
    SECTION("unsealed memory") {
        CHECK(attack.send(hello, {unsealed.get(), event.get()}) == State::Ended);
        CHECK(contains(attack.arrival->why_ended(), "F_SEAL_SHRINK"));
    }
    SECTION("small memory") {
        CHECK(attack.send(hello, {small.get(), event.get()}) == State::Ended);
        CHECK(contains(attack.arrival->why_ended(), "4096 bytes"));
    }
    SECTION("a pipe for memory") {
        CHECK(attack.send(hello, {pipe_end.get(), event.get()}) == State::Ended);
        CHECK(contains(attack.arrival->why_ended(), "no memfd"));
    }
    SECTION("a pipe for a doorbell") {
        CHECK(attack.send(hello, {good.get(), other_end.get()}) == State::Ended);
        CHECK(contains(attack.arrival->why_ended(), "no eventfd"));
        CHECK(::fcntl(other_end.get(), F_GETFD) >= 0);
        other_end.reset();
        // The supervisor kept no copy of the pipe's end.
        CHECK(wait_readable(pipe_end.get()));
    }
}

}  // namespace
}  // namespace vgpu::transport
