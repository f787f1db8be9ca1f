// Accepts guests and hears their first words, however slow or senseless.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/event_loop.h"
#include "daemon/log_limit.h"
#include "transport/local/listener.h"

namespace vgpu::daemon {

// Owned by the supervisor, on its one thread. At most kMaxArrivals connections are heard at one
// time; a newcomer beyond takes the place of the one who has been silent longest among the user's
// who has most. Each has LocalListener::kHelloDeadline for its Hello.
class Greeter {
  public:
    static constexpr std::size_t kMaxArrivals = 64;
    using Ready = std::function<void(std::unique_ptr<transport::LocalArrival>)>;

    // `ready` gets each arrival that has said a good Hello, and answers it. Throws SetupError as
    // LocalListener does.
    Greeter(EventLoop& loop, const std::string& socket_path, Ready ready);
    ~Greeter();
    Greeter(const Greeter&) = delete;
    Greeter& operator=(const Greeter&) = delete;

    // Until the next deadline; empty when nobody is being heard.
    std::optional<std::chrono::milliseconds> patience() const;
    // Ends those whose time is over, and accepts again if that had to stop.
    void check_deadlines();

  private:
    void accept_all();
    void hear(int fd);
    void make_room();
    void listen(bool on);

    EventLoop& loop_;
    Ready ready_;
    transport::LocalListener listener_;
    bool listening_ = false;
    std::map<int, std::unique_ptr<transport::LocalArrival>> arrivals_;
    LogLimit log_limit_;
};

}  // namespace vgpu::daemon
