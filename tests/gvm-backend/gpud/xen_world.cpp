// Domains, directories, turns.
#include "xen_world.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>

namespace vgpu::gpud {

using namespace transport::xen;
using namespace std::chrono_literals;

namespace {

std::string frontend(const std::string& node, unsigned domid, unsigned device) {
    return Xenstore::domain_path(domid) + "/device/vgpu/" + std::to_string(device) + node;
}

void make(const std::string& path, const std::string& value, unsigned owner, unsigned reader) {
    fake::write_node(path, value);
    fake::set_permissions_of(
        path, std::string("n").append(std::to_string(owner)) + ",r" + std::to_string(reader));
}

}  // namespace

XenWorld::XenWorld(std::uint32_t contexts_max) {
    auto logger = std::make_shared<spdlog::logger>(
        "", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
    logger->set_level(spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
    fake::reset_xenstore();
    fake::reset_grants();
    fake::add_domain(kGvm, "gvm");
    fake::add_domain(kDvm, "dvm");
    service_.options.contexts_max = contexts_max;
    service_.worker_program = std::getenv("VGPU_STUB_WORKER");
    service_.worker_environment = {"VGPU_STUB=" + directory_.path() + "/manner"};
    for (const char* name : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
        if (const char* value = std::getenv(name))
            service_.worker_environment.push_back(std::string(name) + "=" + value);
    }
    service_.gpu.host.gpu.name = "A GPU";
    service_.gpu.host.channels_max = 8;
    service_.gpu.jail.enabled = false;
    service_.options.log_level = "info";
    service_.welcome.service_version = "test";
    service_.options.xen = "on";
    loop_ = std::make_unique<daemon::EventLoop>();
}

XenWorld::~XenWorld() {
    if (door_) stop();
    // Those that a supervisor left which died; the others have been waited for.
    for (const pid_t pid : workers()) {
        siginfo_t info;
        if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
            continue;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(""));
}

void XenWorld::attach(unsigned domid, unsigned device) {
    const std::string back = backend("", domid, device), front = frontend("", domid, device);
    make(front, "", domid, kGvm);
    make(front + "/backend", back, domid, kGvm);
    make(front + "/backend-id", std::to_string(kGvm), domid, kGvm);
    make(front + "/state", "1", domid, kGvm);
    make(back, "", kGvm, domid);
    make(back + "/frontend", front, kGvm, domid);
    make(back + "/frontend-id", std::to_string(domid), kGvm, domid);
    make(back + "/online", "1", kGvm, domid);
    make(back + "/state", "1", kGvm, domid);
}

void XenWorld::remove_directories(unsigned domid, unsigned device) {
    fake::remove_node(frontend("", domid, device));
    fake::remove_node(backend("", domid, device));
}

std::string XenWorld::backend(const std::string& node, unsigned domid, unsigned device) {
    const std::string path = Xenstore::domain_path(kGvm) + "/backend/vgpu/" +
                             std::to_string(domid) + "/" + std::to_string(device);
    return node.empty() ? path : path + "/" + node;
}

std::string XenWorld::read_backend(const std::string& node, unsigned domid) {
    return fake::read_node(backend(node, domid)).value_or("");
}

bool XenWorld::is_state(BusState state, unsigned domid) {
    return read_backend("state", domid) == std::to_string(static_cast<unsigned>(state));
}

void XenWorld::serve() {
    contexts_ = std::make_unique<Contexts>(
        *loop_, WorkerProgram{service_.worker_program, service_.worker_environment},
        directory_.path() + "/contexts", service_.options.contexts_max);
    door_ = open_xen_door(*loop_, *contexts_, service_);
}

void XenWorld::stop() {
    door_->close();
    contexts_->end_all();
    until("all contexts end", [&] { return contexts_->count() == 0; });
    door_.reset();
    contexts_.reset();
}

void XenWorld::die() {
    door_.reset();
    contexts_.reset();
    loop_ = std::make_unique<daemon::EventLoop>();
}

void XenWorld::set_manner(const std::string& word) {
    const std::string path = directory_.path() + "/manner";
    for (const pid_t pid : workers()) {
        wait_for("a worker knows how to behave", [&] {
            return !is_running(pid) || std::filesystem::exists(path + "." + std::to_string(pid));
        });
    }
    std::ofstream(path, std::ios::trunc) << word;
}

void XenWorld::turn() {
    ++turns_;
    loop_->run_once(5ms);
}

void XenWorld::until(const std::string& what, const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("Nothing comes of waiting: " + what + "\n" + log());
        turn();
    }
}

void XenWorld::settle() {
    for (int i = 0; i < 10; ++i) turn();
}

void XenWorld::connect(FrontEnd& front) {
    front.set_state(BusState::Initialising);
    until("InitWait", [&] { return is_state(BusState::InitWait, front.domid()); });
    front.offer();
    until("Connected", [&] { return is_state(BusState::Connected, front.domid()); });
    front.set_state(BusState::Connected);
}

LinkReply XenWorld::reply(FrontEnd& front) {
    std::optional<LinkReply> reply;
    until("a reply", [&] {
        reply = front.receive();
        return reply.has_value();
    });
    return *reply;
}

std::string XenWorld::open(FrontEnd& front, std::uint32_t context) {
    const LinkReply opened = ask(front, front.open_request(context));
    const auto welcome = transport::decode_welcome(opened.welcome);
    if (opened.kind != LinkReply::Kind::Opened || opened.context != context || !welcome)
        throw std::runtime_error("The answer to Open is none.");
    return welcome->text;
}

LinkReply XenWorld::ask(FrontEnd& front, const LinkRequest& request) {
    front.send(request);
    return reply(front);
}

Granted XenWorld::add_region(FrontEnd& front, std::uint32_t context, std::uint32_t region) {
    Granted granted = front.grant(ring::kChannelBytes / ring::kPageBytes + 1);
    const LinkReply done = ask(front, FrontEnd::add_region(context, region, granted.list()));
    if (done.kind != LinkReply::Kind::Done || done.context != context || !done.text.empty())
        throw std::runtime_error("A region is refused: " + done.text);
    return granted;
}

void XenWorld::until_failed(const std::string& error, unsigned domid) {
    until("the link fails: " + error, [&] {
        return is_state(BusState::Closed, domid) &&
               read_backend("error", domid).find(error) != std::string::npos;
    });
}

std::vector<pid_t> XenWorld::workers() const {
    std::vector<pid_t> all;
    const std::string text = log();
    for (std::size_t at = 0; (at = text.find("; worker ", at)) != std::string::npos; ++at)
        all.push_back(std::atoi(text.c_str() + at + 9));
    return all;
}

Held XenWorld::held() const {
    fake::granted_pages(kDvm);  // which lets the fake forget what is gone
    Held held{0, fake::mapped_pages(kGvm), fake::bound_ports(kGvm), fake::open_things().watches};
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++held.descriptors;
    return held;
}

int XenWorld::logged(const std::string& text) const {
    const std::string all = log();
    int found = 0;
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; ++at) ++found;
    return found;
}

}  // namespace vgpu::gpud
