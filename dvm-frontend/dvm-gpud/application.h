// One application's connection: what it sends, and what it is sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/unique_fd.h"
#include "dvm-gpud/context.h"
#include "transport/local/listener.h"
#include "transport/local/requests.h"
#include "transport/messages.h"

namespace vgpu::broker {

// From its Hello until its context is wholly gone, which may be long after it has hung up. Owned by
// the broker, on its one thread. Any unprivileged process may be behind it.
class Application {
  public:
    using Clock = std::chrono::steady_clock;
    using Number = std::uint64_t;

    enum class State {
        Waiting,  // for a GPU, or for its turn
        Asking,   // the back end was asked what it offers
        Opening,  // the back end was asked for a context
        // Its link has died; the next back end is asked whether it has the context, and then to
        // settle what was under way. It goes on meanwhile, and its requests wait.
        Suspended,
        Settling,
        Open,
        Closing,  // it has hung up; the back end was told
    };

    Application(Number number, transport::LocalArrival& arrival);

    const Number number;
    const transport::LocalArrival::Peer peer;
    const transport::Hello hello;
    const Clock::time_point came;
    State state = State::Waiting;
    std::unique_ptr<Context> context;
    bool resuming = false;                            // the back end was asked for the context
    std::optional<transport::xen::LinkRequest> held;  // until the context is open again

    int fd() const { return socket_.get(); }
    void hang_up() { socket_.reset(); }
    // For the log.
    std::string name() const;

    // Neither waits; false when the application is gone, or does not read.
    bool send(const transport::Welcome& welcome, std::span<const UniqueFd> fds = {});
    bool send(const Context::Answer& answer);

    struct Heard {
        std::optional<transport::Request> request;
        UniqueFd fd;            // that came with it
        std::string why_ended;  // the connection is to be ended; with neither, nothing came
    };
    Heard hear();

  private:
    UniqueFd socket_;
};

}  // namespace vgpu::broker
