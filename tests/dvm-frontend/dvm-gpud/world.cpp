// Attaches, starts, turns.
#include "tests/dvm-frontend/dvm-gpud/world.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/check.h"
#include "ring/layout.h"
#include "transport/local/packet.h"
#include "transport/local/shared_memory.h"
#include "transport/local/socket_address.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {

using namespace transport;

App::App(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = socket_address(path);
    VGPU_CHECK(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                         sizeof(address)) == 0);
}

bool App::send(const std::vector<std::uint8_t>& bytes, const std::vector<int>& fds) {
    return send_packet(socket_.get(), bytes, fds) == PacketResult::Done;
}

void App::say_hello(bool wants_context, std::size_t hashes) {
    Hello hello;
    hello.application = "app";
    hello.wants_context = wants_context;
    hello.command_hashes.resize(hashes);
    const UniqueFd control = make_sealed_memory(ring::kControlRegionBytes);
    const UniqueFd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    send(*encode(hello),
         wants_context ? std::vector<int>{control.get(), bell.get()} : std::vector<int>{});
}

std::optional<std::vector<std::uint8_t>> App::receive() {
    std::vector<std::uint8_t> bytes(kMaxMessageBytes);
    ReceivedPacket packet = receive_packet(socket_.get(), bytes);
    if (packet.result == PacketResult::Gone) gone_ = true;
    if (packet.result != PacketResult::Done) return std::nullopt;
    bytes.resize(packet.bytes);
    fds = std::move(packet.fds);
    return bytes;
}

std::optional<Welcome> App::welcome() {
    const auto bytes = receive();
    return bytes ? decode_welcome(*bytes) : std::nullopt;
}

std::optional<Ack> App::ack() {
    const auto bytes = receive();
    return bytes ? decode_ack(*bytes) : std::nullopt;
}

bool App::gone() {
    if (!gone_) receive();
    return gone_;
}

Request App::ask(Request::Kind kind, RegionId region, std::uint64_t value, ChannelId channel) {
    Request request{kind, ++serial_, region, channel, value};
    send(encode(request));
    return request;
}

World::World() {
    spdlog::set_level(std::getenv("VGPU_TEST_LOG") ? spdlog::level::info : spdlog::level::off);
    ::signal(SIGPIPE, SIG_IGN);
    fake::reset_xenstore();
    fake::reset_grants();
    fake::add_domain(kGvm, "gvm");
    fake::add_domain(kDvm, "dvm");
    char name[] = "/tmp/vgpu-test-XXXXXX";
    directory_ = ::mkdtemp(name);
    service.socket = socket();
    service.contexts_max = 64;
    service.contexts_per_user = 64;
    service.device.grants_reserved = 2048;
    service.device.gntalloc_limit = directory_ + "/limit";
    service.device.retry_after = std::chrono::milliseconds(1);
    std::ofstream(service.device.gntalloc_limit) << 30000 << '\n';
}

World::~World() {
    broker.reset();
    gvm.reset();
    workers_.clear();
    std::filesystem::remove_all(directory_);
}

void World::attach(std::uint32_t frames) {
    fake::write_node("/local/domain/3/backend", "");
    for (const auto& [path, permissions] :
         {std::pair(kFront, "n5,r3"), std::pair(kBack, "n3,r5")}) {
        fake::write_node(path, "");
        fake::set_permissions_of(path, permissions);
    }
    fake::write_node(kBack + "/frontend", kFront);
    fake::write_node(kBack + "/frontend-id", "5");
    fake::write_node(kBack + "/online", "1");
    fake::write_node(kBack + "/state", "1");
    fake::write_node(kFront + "/backend", kBack);
    fake::write_node(kFront + "/backend-id", "3");
    if (frames != 0) fake::write_node(kFront + "/grant-frames-max", std::to_string(frames));
    fake::write_node(kFront + "/state", "1");
}

void World::detach() {
    fake::remove_node(kFront);
    fake::remove_node(kBack);
}

void World::start_broker() {
    const fake::InDomain here(kDvm);
    broker = std::make_unique<Broker>(service);
}

void World::kill_gvm() {
    workers_ = std::move(gvm->contexts);
    gvm->contexts.clear();
    gvm.reset();
}

void World::start_gvm_again() {
    start_gvm();
    gvm->contexts = std::move(workers_);
    workers_.clear();
    settle();
}

void World::start() {
    attach();
    start_gvm();
    start_broker();
    settle();
}

void World::settle() {
    const fake::InDomain here(kDvm);
    for (int i = 0; i < 15; ++i) {
        if (broker) broker->turn(std::chrono::milliseconds(0));
        if (gvm && gvm->serve()) i = 0;
    }
}

void World::sleep(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
    settle();
}

std::unique_ptr<App> World::open_app() {
    auto app = new_app();
    app->say_hello();
    settle();
    const auto welcome = app->welcome();
    VGPU_CHECK(welcome && welcome->refusal == Refusal::None);
    return app;
}

std::optional<Ack> World::ask(App& app, Request::Kind kind, RegionId region, std::uint64_t value,
                              ChannelId channel) {
    app.ask(kind, region, value, channel);
    settle();
    return app.ack();
}

std::string World::front(const std::string& node) const {
    return fake::read_node(kFront + "/" + node).value_or("(none)");
}

std::string World::back(const std::string& node) const {
    return fake::read_node(kBack + "/" + node).value_or("(none)");
}

bool World::connected() const {
    return broker->device().link() != nullptr && gvm && gvm->connected();
}

std::size_t open_descriptors() {
    fake::granted_pages(kDvm);
    fake::bound_ports(kDvm);
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace vgpu::broker::test
