// The other process of a test, and what the two hand to each other.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/unique_fd.h"

namespace vgpu::sharing {

// Something that does not hold; ends the process that finds it.
class Failure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};
inline void expect(bool holds, const std::string& sentence) {
    if (!holds) throw Failure("This does not hold: " + sentence);
}

// One end of a socket between two processes. Every receive gives up after a minute.
class Peer {
  public:
    explicit Peer(UniqueFd socket) : socket_(std::move(socket)) {}

    void send(std::uint64_t number);
    void send_fd(const UniqueFd& fd);
    std::uint64_t receive();
    UniqueFd receive_fd();
    // Both sides have come to this place.
    void meet() {
        send(0);
        receive();
    }

  private:
    UniqueFd socket_;
};

}  // namespace vgpu::sharing
