// The supervisor's side of the local socket: accepts guests and hears their Hello.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "transport/local/handover.h"
#include "transport/messages.h"

namespace vgpu::transport {

// One connection up to the answer to its Hello. Owned by the supervisor, on its one thread; what
// arrives is not trusted, and no member waits. Poll fd() for reading until deadline() is over.
class LocalArrival {
  public:
    enum class State {
        Waiting,  // no Hello yet
        Ready,    // hello() is there: answer() it
        Ended,    // why_ended() says why; to be dropped
    };
    // As the kernel knows them, at the time of the connect.
    struct Peer {
        pid_t pid = 0;
        uid_t uid = 0;
        gid_t gid = 0;
    };
    using Clock = std::chrono::steady_clock;

    LocalArrival(UniqueFd socket, Clock::time_point deadline);

    int fd() const { return socket_.get(); }
    const Peer& peer() const { return peer_; }
    Clock::time_point deadline() const { return deadline_; }
    // Reads what is there. A Hello of another protocol version is refused here.
    State advance(Clock::time_point now = Clock::now());
    const Hello& hello() const { return hello_; }
    const std::string& why_ended() const { return why_ended_; }

    // Sends the answer, with a broker's descriptors. False when the guest is gone (or does not
    // take it at once).
    bool answer(const Welcome& welcome, std::span<const int> fds = {});
    // The guest's descriptors for its worker, after answer() accepted a hello().wants_context.
    LocalHandover hand_over();

  private:
    State end(std::string why);
    State hear(std::vector<UniqueFd> fds);

    UniqueFd socket_;
    Clock::time_point deadline_;
    Peer peer_;
    State state_ = State::Waiting;
    Hello hello_;
    UniqueFd control_;
    UniqueFd doorbell_;
    std::string why_ended_;
};

// Owned by the supervisor, on its one thread. Removes its socket's path when destroyed.
class LocalListener {
  public:
    // Connects that nobody accepted yet; more have to wait in connect().
    static constexpr int kBacklog = 64;
    static constexpr std::chrono::seconds kHelloDeadline{5};

    // Listens on `path`, whose file gets the permissions `mode`. A socket that nobody serves any
    // more is replaced. Throws SetupError.
    explicit LocalListener(std::string path, mode_t mode = 0666);
    ~LocalListener();
    LocalListener(const LocalListener&) = delete;
    LocalListener& operator=(const LocalListener&) = delete;

    // Readable when accept() has something.
    int fd() const { return socket_.get(); }
    // The next connection, or null when there is none now (also when this process has no
    // descriptor left: then do not poll fd() before one was closed).
    std::unique_ptr<LocalArrival> accept(std::chrono::milliseconds hello_deadline = kHelloDeadline);

  private:
    std::string path_;
    UniqueFd socket_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace vgpu::transport
