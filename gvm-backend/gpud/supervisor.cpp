// Contexts begin, end and are counted.
#include "gpud/supervisor.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <exception>

#include "base/setup_error.h"
#include "daemon/logging.h"

namespace vgpu::gpud {

namespace {

// How long workers may take to end after SIGTERM, before they are killed.
constexpr std::chrono::seconds kEndPatience{5};

// How long a guest waits for room. A program's context ends some milliseconds after the program,
// and who starts another one right then is not one too many.
constexpr std::chrono::milliseconds kRoomPatience{500};
constexpr std::size_t kMaxWaiting = daemon::Greeter::kMaxArrivals;

UniqueFd make_signal_fd() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::string describe_status(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) {
        return "The worker exits with status " + std::to_string(info.si_status) + ".";
    }
    return std::string("The worker is ended by signal ") + std::to_string(info.si_status) + " (" +
           ::strsignal(info.si_status) + ").";
}

}  // namespace

Supervisor::Supervisor(Service service)
    : service_(std::move(service)),
      lock_(service_.socket + ".lock"),
      slots_(service_.socket + ".contexts"),
      signals_(make_signal_fd()),
      refusal_log_(20, std::chrono::seconds(3)) {
    loop_.add(signals_.get(), [this] { stop_signal(); });
    adopt_survivors();
    greeter_ = std::make_unique<daemon::Greeter>(
        loop_, service_.socket,
        [this](std::unique_ptr<transport::LocalArrival> arrival) { answer(std::move(arrival)); });
}

void Supervisor::run() {
    spdlog::info("Serving on {}: at most {} contexts, {} MiB each.", service_.socket,
                 service_.contexts_max, service_.host.memory_limit_bytes >> 20);
    while (greeter_ || !contexts_.empty()) {
        loop_.run_once(patience());
        if (greeter_) {
            greeter_->check_deadlines();
            serve_waiting();
        }
        if (kill_at_ && std::chrono::steady_clock::now() >= *kill_at_) {
            for (const auto& [number, context] : contexts_) {
                signal_process(context.process, SIGKILL);
            }
            kill_at_.reset();
        }
    }
    spdlog::info("Stopped; no context is left.");
}

std::optional<std::chrono::milliseconds> Supervisor::patience() const {
    std::optional<std::chrono::milliseconds> patience;
    if (greeter_) patience = greeter_->patience();
    const auto shorten = [&](std::chrono::steady_clock::time_point until) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        patience = std::max(std::min(patience.value_or(left), left), left.zero());
    };
    if (kill_at_) shorten(*kill_at_);
    if (!waiting_.empty()) shorten(waiting_.front().until);
    return patience;
}

void Supervisor::adopt_survivors() {
    for (const ContextSlots::Holder& holder : slots_.holders()) {
        UniqueFd process = open_process(holder.pid);
        if (!process) continue;
        const ContextNumber number = ++last_number_;
        watch(number, process);
        contexts_[number] = {holder.pid, std::move(process), {}};
        spdlog::info("Worker {} of an earlier gvm-gpud lives on as context {}.", holder.pid,
                     number);
    }
}

void Supervisor::watch(ContextNumber number, const UniqueFd& process) {
    loop_.add(process.get(), [this, number] { context_ended(number); });
}

void Supervisor::answer(std::unique_ptr<transport::LocalArrival> arrival) {
    if (!arrival->hello().wants_context) {
        arrival->answer(service_.welcome);
        return;
    }
    waiting_.push_back({std::move(arrival), std::chrono::steady_clock::now() + kRoomPatience});
}

void Supervisor::serve_waiting() {
    while (!waiting_.empty()) {
        const Waiting& first = waiting_.front();
        std::optional<ContextSlots::Slot> slot;
        if (contexts_.size() < service_.contexts_max) slot = slots_.take(service_.contexts_max);
        if (slot) {
            try_start_context(*first.arrival, std::move(*slot));
        } else if (waiting_.size() > kMaxWaiting ||
                   first.until <= std::chrono::steady_clock::now()) {
            refuse_for_room(*first.arrival);
        } else {
            return;
        }
        waiting_.pop_front();
    }
}

void Supervisor::refuse_for_room(transport::LocalArrival& arrival) {
    refuse(arrival, transport::Refusal::TooManyContexts,
           "The service runs " + std::to_string(contexts_.size()) +
               " contexts already, and at most " + std::to_string(service_.contexts_max) +
               ". End another program that uses Vulkan, or ask the administrator to raise "
               "--contexts-max.");
}

void Supervisor::refuse(transport::LocalArrival& arrival, transport::Refusal refusal,
                        const std::string& text) {
    arrival.answer(transport::refuse(refusal, text));
    if (refusal_log_.allow()) {
        spdlog::warn("Refused {} (process {}, user {}): {}",
                     daemon::loggable(arrival.hello().application), arrival.peer().pid,
                     arrival.peer().uid, text);
    }
}

void Supervisor::try_start_context(transport::LocalArrival& arrival, ContextSlots::Slot slot) {
    try {
        start_context(arrival, std::move(slot));
    } catch (const std::exception& error) {
        refuse(arrival, transport::Refusal::Internal, error.what());
    }
}

void Supervisor::start_context(transport::LocalArrival& arrival, ContextSlots::Slot slot) {
    WorkerProcess process = spawn_worker(service_.worker_program, service_.worker_environment);
    slots_.note_holder(slot, process.pid);
    const ContextNumber number = ++last_number_;
    const std::string guest = daemon::loggable(arrival.hello().application) + ", process " +
                              std::to_string(arrival.peer().pid) + ", user " +
                              std::to_string(arrival.peer().uid);
    spdlog::info("Context {} starts: {}; worker {}; {} of {} contexts.", number, guest, process.pid,
                 contexts_.size() + 1, service_.contexts_max);
    watch(number, process.process);
    contexts_[number] = {process.pid, std::move(process.process), std::move(process.socket)};
    // From here on a failure is the worker's end: it sees its socket closed.
    const bool answered = arrival.answer(service_.welcome);
    const worker::StartMessage start{service_.host, service_.jail,
                                     "context " + std::to_string(number), service_.log_level};
    if (!answered || !worker::send_start(contexts_[number].socket.get(), start,
                                         {arrival.hand_over(), std::move(slot.file)})) {
        contexts_[number].socket.reset();
    }
}

void Supervisor::context_ended(ContextNumber number) {
    const auto found = contexts_.find(number);
    if (found == contexts_.end()) return;
    const std::string why = why_ended(found->second);
    loop_.remove(found->second.process.get());
    contexts_.erase(found);
    spdlog::info("Context {} ends: {} {} left.", number, why, contexts_.size());
}

std::string Supervisor::why_ended(Context& context) {
    std::string said;
    if (context.socket) {
        if (const auto end = worker::receive_end(context.socket.get())) {
            said = daemon::loggable(end->reason);
        }
    }
    siginfo_t info{};
    const bool is_child =
        ::waitid(P_PID, static_cast<id_t>(context.pid), &info, WEXITED | WNOHANG) == 0 &&
        info.si_pid != 0;
    if (!said.empty()) return said;
    if (!is_child) return "The worker is gone.";
    const bool quiet = info.si_code == CLD_EXITED && info.si_status == 0;
    return quiet ? "The guest is gone before the worker began." : describe_status(info);
}

void Supervisor::stop_signal() {
    signalfd_siginfo info;
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) return;
    spdlog::info("{} comes: ending {} contexts.", ::strsignal(static_cast<int>(info.ssi_signo)),
                 contexts_.size());
    begin_stop();
}

void Supervisor::begin_stop() {
    // Asked a second time, it waits no longer.
    kill_at_ =
        std::chrono::steady_clock::now() + (greeter_ ? kEndPatience : std::chrono::seconds(0));
    greeter_.reset();
    waiting_.clear();
    for (const auto& [number, context] : contexts_) signal_process(context.process, SIGTERM);
}

}  // namespace vgpu::gpud
