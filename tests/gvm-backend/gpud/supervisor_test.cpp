// The service as a whole: real daemons, real workers, guests that connect, lie and vanish.
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/setup_error.h"
#include "base/unique_fd.h"
#include "ring/byte_ring.h"
#include "ring/layout.h"
#include "tests/catch.h"
#include "tests/gvm-backend/gpud/daemon.h"
#include "transport/local/guest.h"
#include "transport/local/listener.h"

using namespace vgpu;
using namespace vgpu::gpud;

namespace {

using Guest = std::unique_ptr<transport::GuestTransport>;

Guest connect(const Daemon& daemon) {
    transport::Hello hello;
    hello.application = "test guest\n%d";
    return transport::connect_local(daemon.socket(), hello);
}

// The text of the refusal, or empty when there was none.
std::string try_connect(const Daemon& daemon) {
    try {
        connect(daemon);
        return {};
    } catch (const SetupError& error) {
        return error.what();
    }
}

UniqueFd raw_connect(const std::string& path) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    while (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        if (errno != EAGAIN && errno != EINTR) throw std::runtime_error(std::strerror(errno));
    }
    return socket;
}

ring::ControlPage& control(Guest& guest) {
    return *reinterpret_cast<ring::ControlPage*>(guest->control_region().data());
}

void wait_until_gone(Guest& guest) {
    wait_for("the worker goes", [&] { return guest->peer_gone(); });
}

}  // namespace

TEST_CASE("a guest gets a worker, which ends with it") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    Guest guest = connect(daemon);
    CHECK(guest->welcome().refusal == transport::Refusal::None);
    CHECK(guest->welcome().channels_max == ring::kMaxChannels);
    CHECK(guest->welcome().memory_limit_bytes == 4096ull << 20);
    CHECK_FALSE(guest->welcome().command_hashes.empty());
    CHECK_FALSE(guest->welcome().instance_extensions.empty());
    auto region = guest->share(ring::kChannelBytes);
    REQUIRE(region != nullptr);
    CHECK(guest->open_channel(0, *region, 0));
    CHECK_FALSE(guest->open_channel(0, *region, 0));
    REQUIRE(daemon.workers().size() == 1);
    const pid_t worker = daemon.workers().front();
    CHECK(is_running(worker));
    region.reset();
    guest.reset();
    daemon.wait_for_log("Context 1 ends: The guest is gone.");
    CHECK_FALSE(is_running(worker));
    CHECK(daemon.count("Jailed: ") == 1);
    // What a guest calls itself cannot forge lines of the log.
    CHECK(daemon.count("test guest?%d") == 1);
}

TEST_CASE("a query starts no context") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    CHECK(transport::query_local(daemon.socket(), {}).instance_version != 0);
    CHECK(daemon.workers().empty());
}

TEST_CASE("a guest's nonsense ends its context, with one line that names the command") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    Guest guest = connect(daemon);
    const auto region = guest->share(ring::kChannelBytes);
    REQUIRE(guest->open_channel(0, *region, 0));
    ring::Producer commands(*reinterpret_cast<ring::RingHeader*>(region->data()),
                            region->data() + sizeof(ring::RingHeader), ring::kCommandRingBytes);
    const ring::RecordHeader nonsense{60000, 1, 1};
    commands.try_write({reinterpret_cast<const std::uint8_t*>(&nonsense), sizeof nonsense});
    commands.publish();
    guest->ring_channel(0);
    wait_until_gone(guest);
    CHECK(control(guest).lost.load() ==
          static_cast<std::uint32_t>(ring::LostReason::ProtocolViolation));
    daemon.wait_for_log("Context 1 ends: Command 60000 (unknown)");
    CHECK(daemon.count("Context lost: Command 60000") == 1);
    CHECK(try_connect(daemon) == "");
}

TEST_CASE("garbage instead of a Hello is dropped, and others are served") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    for (std::size_t size = 1; size < 60000; size = size * 3 + 1) {
        const UniqueFd socket = raw_connect(daemon.socket());
        std::vector<std::uint8_t> garbage(size, static_cast<std::uint8_t>(size));
        REQUIRE(::send(socket.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL) >= 0);
        char byte;
        // Closed, or refused with a message and then closed.
        while (::recv(socket.get(), &byte, 1, 0) > 0) {
        }
    }
    CHECK(daemon.count("connects in vain") >= 5);
    CHECK(try_connect(daemon) == "");
    CHECK(is_running(daemon.pid()));
}

TEST_CASE("silent connections do not keep a guest from being served") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    std::vector<UniqueFd> silent;
    for (int i = 0; i < 60; ++i) silent.push_back(raw_connect(daemon.socket()));
    CHECK(try_connect(daemon) == "");
}

TEST_CASE("more silent connections than are heard at one time cost their own places alone") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<UniqueFd> silent;
    for (int i = 0; i < 200; ++i) silent.push_back(raw_connect(daemon.socket()));
    CHECK(try_connect(daemon) == "");
    // Nobody waited for the deadline of those who say nothing.
    CHECK(std::chrono::steady_clock::now() - begin < transport::LocalListener::kHelloDeadline);
}

TEST_CASE("after a thousand connections that were dropped nothing is left of them") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--no-jail"});
    daemon.wait_until_serving();
    CHECK(try_connect(daemon) == "");
    daemon.wait_for_log("ends:");
    const int descriptors = daemon.descriptors();
    for (int i = 0; i < 1000; ++i) raw_connect(daemon.socket());
    for (int i = 0; i < 20; ++i) CHECK(try_connect(daemon) == "");
    daemon.wait_for_log(" ends:", 21);
    daemon.wait_until_no_worker();
    wait_for("descriptors are closed", [&] { return daemon.descriptors() == descriptors; });
    // A thousand lies are not a thousand lines.
    CHECK(daemon.count("connects in vain") < 200);
}

TEST_CASE("a worker that is killed is a hang-up for its guest and nothing for others") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    Guest first = connect(daemon);
    Guest second = connect(daemon);
    REQUIRE(first->share(4096) != nullptr);
    REQUIRE(second->share(4096) != nullptr);
    REQUIRE(daemon.workers().size() == 2);
    ::kill(daemon.workers()[0], SIGKILL);
    wait_until_gone(first);
    daemon.wait_for_log("Context 1 ends: The worker is ended by signal 9");
    CHECK_FALSE(second->peer_gone());
    CHECK(second->share(4096) != nullptr);
}

TEST_CASE("the limit of contexts holds, and a place that is free is given again") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--contexts-max", "2"});
    daemon.wait_until_serving();
    Guest first = connect(daemon);
    Guest second = connect(daemon);
    CHECK(try_connect(daemon).find("--contexts-max") != std::string::npos);
    first.reset();
    daemon.wait_for_log("Context 1 ends");
    CHECK(try_connect(daemon) == "");
}

TEST_CASE("a guest that comes right after another's end waits for the other's room") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--contexts-max", "1"});
    daemon.wait_until_serving();
    for (int i = 0; i < 20; ++i) CHECK(try_connect(daemon) == "");
    daemon.wait_for_log(" ends:", 20);
    CHECK(daemon.count("Refused") == 0);
}

TEST_CASE("who waits for room in vain is refused, and a stop waits for nobody") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--contexts-max", "1"});
    daemon.wait_until_serving();
    Guest first = connect(daemon);
    CHECK(try_connect(daemon).find("--contexts-max") != std::string::npos);
    std::string answer;
    std::thread late([&] { answer = try_connect(daemon); });
    daemon.kill(SIGTERM);
    CHECK(daemon.wait() == 0);
    late.join();
    CHECK(answer != "");
    CHECK(control(first).lost.load() ==
          static_cast<std::uint32_t>(ring::LostReason::ServiceStopped));
}

TEST_CASE("contexts outlive a killed daemon, and its successor counts and ends them") {
    TemporaryDirectory directory;
    Daemon killed(directory.path(), {"--contexts-max", "2"});
    killed.wait_until_serving();
    Guest first = connect(killed);
    Guest second = connect(killed);
    REQUIRE(first->share(4096) != nullptr);
    REQUIRE(second->share(4096) != nullptr);
    killed.kill(SIGKILL);
    CHECK(killed.wait() == -SIGKILL);
    REQUIRE(killed.workers().size() == 2);

    Daemon successor(directory.path(), {"--contexts-max", "2"});
    successor.wait_until_serving(2);
    CHECK(successor.count("lives on as context") == 2);
    CHECK_FALSE(first->peer_gone());
    CHECK(first->share(4096) != nullptr);
    CHECK(try_connect(successor).find("runs 2 contexts already") != std::string::npos);
    first.reset();
    successor.wait_for_log(" ends: The worker is gone.");
    CHECK(try_connect(successor) == "");
    successor.kill(SIGTERM);
    CHECK(successor.wait() == 0);
    wait_until_gone(second);
    CHECK(control(second).lost.load() ==
          static_cast<std::uint32_t>(ring::LostReason::ServiceStopped));
    successor.wait_until_no_worker();
}

TEST_CASE("SIGTERM ends every context as stopped, removes the socket and leaves no process") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    Guest guest = connect(daemon);
    REQUIRE(guest->share(4096) != nullptr);
    daemon.kill(GENERATE(SIGTERM, SIGINT));
    CHECK(daemon.wait() == 0);
    wait_until_gone(guest);
    CHECK(control(guest).lost.load() ==
          static_cast<std::uint32_t>(ring::LostReason::ServiceStopped));
    CHECK_FALSE(std::filesystem::exists(daemon.socket()));
    daemon.wait_until_no_worker();
    CHECK(daemon.count("Stopped; no context is left.") == 1);
}

TEST_CASE("a daemon is not replaced while it lives, and is when it does not") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path());
    daemon.wait_until_serving();
    {
        Daemon second(directory.path());
        CHECK(second.wait() == 1);
        CHECK(daemon.count("Another gvm-gpud (process " + std::to_string(daemon.pid()) + ")") == 1);
    }
    CHECK(try_connect(daemon) == "");
    daemon.kill(SIGKILL);
    daemon.wait();
    CHECK(std::filesystem::exists(daemon.socket()));
    Daemon third(directory.path());
    third.wait_until_serving(2);
    CHECK(try_connect(third) == "");
}

TEST_CASE("without any driver the daemon says what to install") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {},
                  {"VK_DRIVER_FILES=/nonexistent.json", "VK_ICD_FILENAMES=/nonexistent.json"});
    CHECK(daemon.wait() == 1);
    CHECK(daemon.log().find("mesa-vulkan-drivers") != std::string::npos);
}

TEST_CASE("a GPU that is not there is an error that lists those that are") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--gpu", "0000:99:00.0"});
    CHECK(daemon.wait() == 1);
    CHECK(daemon.log().find("No Vulkan device has the PCI address 0000:99:00.0") !=
          std::string::npos);
    CHECK(daemon.log().find("Name one of these") != std::string::npos);
}

TEST_CASE("a probe prints what the host offers, and serves nothing") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--probe"});
    CHECK(daemon.wait() == 0);
    CHECK(daemon.count("memory import: ") >= 1);
    CHECK(daemon.count("Serving") == 0);
    CHECK_FALSE(std::filesystem::exists(daemon.socket()));
}

TEST_CASE("copying can be asked for where importing would work") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--memory-import", "copy"});
    daemon.wait_until_serving();
    CHECK(daemon.count("Guest memory: copy") == 1);
    CHECK(try_connect(daemon) == "");
}

TEST_CASE("a worker without a jail is never a secret") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--no-jail"});
    daemon.wait_until_serving();
    CHECK(daemon.count("warning: --no-jail") == 1);
    CHECK(try_connect(daemon) == "");
    daemon.wait_for_log("The worker is NOT jailed");
}

TEST_CASE("a guest gets a worker that was jailed before it came, and that no guest had before") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--spare-workers", "1"});
    daemon.wait_until_serving();
    daemon.wait_for_log("spare worker: Jailed: ");
    const std::vector<pid_t> spares = daemon.children();
    REQUIRE(spares.size() == 1);
    Guest first = connect(daemon);
    auto region = first->share(ring::kChannelBytes);
    REQUIRE(region != nullptr);
    CHECK(first->open_channel(0, *region, 0));
    daemon.wait_for_log("Context 1 starts");
    CHECK(daemon.workers() == spares);
    daemon.wait_for_log("spare worker: Jailed: ", 2);
    region.reset();
    first.reset();
    daemon.wait_for_log("Context 1 ends: The guest is gone.");
    CHECK_FALSE(is_running(spares.front()));
    Guest second = connect(daemon);
    daemon.wait_for_log("Context 2 starts");
    CHECK(daemon.workers().back() != spares.front());
    // Each worker is jailed once.
    daemon.wait_for_log("spare worker: Jailed: ", 3);
    CHECK(daemon.count("Jailed: ") == 3);
}

TEST_CASE("a spare worker that dies is missed by nobody") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--spare-workers", "1"});
    daemon.wait_until_serving();
    daemon.wait_for_log("spare worker: Jailed: ");
    for (const pid_t pid : daemon.children()) ::kill(pid, SIGKILL);
    daemon.wait_for_log("A spare worker ends before it has a guest");
    CHECK(try_connect(daemon) == "");
    daemon.wait_for_log("spare worker: Jailed: ", 2);
}

TEST_CASE("spare workers end with the service, and count as no contexts") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--spare-workers", "2", "--contexts-max", "1"});
    daemon.wait_until_serving();
    daemon.wait_for_log("spare worker: Jailed: ", 2);
    const std::vector<pid_t> spares = daemon.children();
    REQUIRE(spares.size() == 2);
    const Guest guest = connect(daemon);
    CHECK(try_connect(daemon) != "");
    daemon.kill(SIGTERM);
    CHECK(daemon.wait() == 0);
    for (const pid_t pid : spares) CHECK_FALSE(is_running(pid));
}

TEST_CASE("a spare worker whose supervisor is killed ends by itself") {
    TemporaryDirectory directory;
    Daemon daemon(directory.path(), {"--spare-workers", "1"});
    daemon.wait_until_serving();
    daemon.wait_for_log("spare worker: Jailed: ");
    const std::vector<pid_t> spares = daemon.children();
    daemon.kill(SIGKILL);
    daemon.wait();
    wait_for("the spare ends", [&] { return !is_running(spares.front()); });
}
