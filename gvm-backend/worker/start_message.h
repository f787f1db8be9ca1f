// What passes between the supervisor and a worker over their socket: the start, and the end.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "transport/handover.h"
#include "worker/host_options.h"
#include "worker/jail.h"

namespace vgpu::worker {

// For a worker that is started ahead of its guest: all that can be done before there is one.
struct Preparation {
    GpuIdentity gpu;
    JailOptions jail;
    std::string log_level;

    bool operator==(const Preparation&) const = default;
};

struct StartMessage {
    HostOptions options;
    JailOptions jail;
    std::string label;  // "context 3 (vkcube, pid 812)", for the log
    std::string log_level;
};

// What goes with it.
struct StartDescriptors {
    transport::Handover guest;
    // Kept open: its lock counts the context as long as the worker lives.
    UniqueFd slot;
    UniqueFd account;  // see account.h
};

// The worker's last words. Not trusted: an owned worker says what it likes.
struct EndMessage {
    std::string reason;
};

// False when the other end is gone.
bool send_preparation(int socket, const Preparation& preparation);
bool send_start(int socket, const StartMessage& start, const StartDescriptors& descriptors);
// Waits for the supervisor, which may have started this process ahead of its guest. Nothing when
// the supervisor went away first. Throws std::runtime_error on what is no start message.
struct ReceivedStart {
    StartMessage message;
    StartDescriptors descriptors;
};
// A worker is prepared at most once, and then started.
std::optional<std::variant<Preparation, ReceivedStart>> receive_order(int socket);
// As receive_order(), for a worker that nobody prepares.
std::optional<ReceivedStart> receive_start(int socket);

void send_end(int socket, const EndMessage& end);
// Does not wait; nothing when there is none or it makes no sense.
std::optional<EndMessage> receive_end(int socket);

}  // namespace vgpu::worker
