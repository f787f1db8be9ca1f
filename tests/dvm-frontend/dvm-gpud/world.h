// A guest with a broker, a GVM, and applications that are bare sockets: all on the test's thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "dvm-gpud/broker.h"
#include "tests/dvm-frontend/dvm-gpud/fake_gvm.h"
#include "transport/local/requests.h"
#include "transport/messages.h"

namespace vgpu::broker::test {

const std::string kFront = "/local/domain/5/device/vgpu/0";
const std::string kBack = "/local/domain/3/backend/vgpu/5/0";
// A context's control region, and the link.
inline constexpr std::size_t kControlPages = 129;
inline constexpr std::size_t kLinkPages = Link::kPages;

// An application, as hostile as the test wants it.
class App {
  public:
    explicit App(const std::string& socket);
    static App with_context(const std::string& socket);

    bool send(const std::vector<std::uint8_t>& bytes, const std::vector<int>& fds = {});
    void say_hello(bool wants_context = true, std::size_t hashes = 0);
    // Both are empty when nothing came; `gone` tells whether the broker has hung up.
    std::optional<transport::Welcome> welcome();
    std::optional<transport::Ack> ack();
    bool gone();
    transport::Request ask(transport::Request::Kind kind, transport::RegionId region,
                           std::uint64_t value, transport::ChannelId channel = 0);
    void hang_up() { socket_.reset(); }

    std::vector<UniqueFd> fds;  // that came with the last packet

  private:
    std::optional<std::vector<std::uint8_t>> receive();
    UniqueFd socket_;
    bool gone_ = false;
    std::uint32_t serial_ = 0;
};

class World {
  public:
    World();
    ~World();

    // As `gvmctl attach` and `detach` do it.
    void attach(std::uint32_t frames = 64);
    void detach();
    void start_broker();
    void start_gvm() { gvm = std::make_unique<FakeGvm>(); }
    // The service dies, and its workers live on for the next one.
    void kill_gvm();
    void start_gvm_again();
    // All three, connected.
    void start();
    // Turns the broker and the GVM until nothing moves any more.
    void settle();
    void sleep(std::chrono::milliseconds time);
    // One that has its context.
    std::unique_ptr<App> open_app();
    std::unique_ptr<App> new_app() const { return std::make_unique<App>(socket()); }
    // Sends a request and returns the answer.
    std::optional<transport::Ack> ask(App& app, transport::Request::Kind kind,
                                      transport::RegionId region, std::uint64_t value,
                                      transport::ChannelId channel = 0);
    std::string socket() const { return directory_ + "/gpud.sock"; }
    std::string front(const std::string& node) const;
    std::string back(const std::string& node) const;
    bool connected() const;

    Service service;
    std::unique_ptr<Broker> broker;
    std::unique_ptr<FakeGvm> gvm;

  private:
    std::string directory_;
    std::map<transport::xen::ContextId, FakeGvm::Context> workers_;
};

// Descriptors of this process, once the fakes have noticed what is closed.
std::size_t open_descriptors();

}  // namespace vgpu::broker::test
