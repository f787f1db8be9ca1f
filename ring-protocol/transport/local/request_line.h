// A guest's requests over its socket: one at a time, each with its answer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/unique_fd.h"
#include "transport/fork_guard.h"
#include "transport/local/requests.h"
#include "transport/messages.h"

namespace vgpu::transport {

// For ppoll(): what is left of a wait that began at `begin`; zero when its time is over.
timespec rest_of(std::chrono::nanoseconds timeout, std::chrono::steady_clock::time_point begin);

// Asks the peer (the worker, or a broker that speaks for it) for things; any thread. The acks are
// not trusted: one that makes no sense counts as the peer's death.
class RequestLine {
  public:
    explicit RequestLine(UniqueFd socket)
        : socket_(std::move(socket)), guard_(ForkGuard::descriptor(socket_.get())) {}

    struct Answer {
        bool granted = false;
        UniqueFd fd;              // when the ack brought one
        std::uint64_t value = 0;  // see Ack
    };
    // Fills in the serial, sends, waits for the ack. For a new region also chooses its id, so that
    // ids reach the peer in growing order.
    Answer ask(Request& request, std::span<const int> fds);
    // Also wakes whoever is in poll() now, and tells a peer that is alive but talks nonsense.
    void hang_up();

    bool peer_gone();
    bool gone() const { return gone_.load(std::memory_order_relaxed); }
    int socket() const { return socket_.get(); }
    // Of poll()'s results for the socket, asked with POLLRDHUP: whether the peer is gone.
    static bool hung_up(short revents);

  private:
    // False when the peer is gone.
    bool wait_for(short events);
    bool send(const std::vector<std::uint8_t>& bytes, std::span<const int> fds);
    std::optional<Answer> receive(std::uint32_t serial);

    UniqueFd socket_;
    const ForkGuard guard_;
    std::mutex mutex_;
    std::uint32_t last_serial_ = 0;
    RegionId last_region_ = 0;
    std::atomic<bool> gone_{false};
};

}  // namespace vgpu::transport
