// Worker processes, by their process descriptors.
#include "gpud/contexts.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <utility>

#include "daemon/logging.h"

namespace vgpu::gpud {

namespace {

// How long a worker may take to end after SIGTERM, before it is killed.
constexpr std::chrono::seconds kEndPatience{5};

// Which needs a word of memory: who meets its limit often ends by a crash of the driver's.
std::string describe_status(const siginfo_t& info, const rusage& used) {
    if (info.si_code == CLD_EXITED) {
        return "The worker exits with status " + std::to_string(info.si_status) + ".";
    }
    return std::string("The worker is ended by signal ") + std::to_string(info.si_status) + " (" +
           ::strsignal(info.si_status) + "); it had " + std::to_string(used.ru_maxrss >> 10) +
           " MiB of memory at most.";
}

// waitid(2) of the kernel's own, which tells what the process has used.
bool reap(pid_t pid, siginfo_t& info, rusage& used) {
    return ::syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG, &used) == 0 &&
           info.si_pid != 0;
}

// Its own words if it had any, else what the kernel says.
std::string why_ended(pid_t pid, const UniqueFd& socket) {
    std::string said;
    if (socket) {
        if (const auto end = worker::receive_end(socket.get()))
            said = daemon::loggable(end->reason);
    }
    siginfo_t info{};
    rusage used{};
    const bool is_child = reap(pid, info, used);
    if (!said.empty()) return said;
    if (!is_child) return "The worker is gone.";
    const bool quiet = info.si_code == CLD_EXITED && info.si_status == 0;
    return quiet ? "The guest is gone before the worker began." : describe_status(info, used);
}

}  // namespace

Contexts::Contexts(daemon::EventLoop& loop, WorkerProgram program, std::string directory,
                   std::uint32_t max, std::uint32_t spare_workers)
    : loop_(loop),
      max_(max),
      slots_(std::move(directory)),
      spares_(loop, std::move(program), spare_workers) {
    adopt_survivors();
}

void Contexts::adopt_survivors() {
    for (const ContextSlots::Holder& holder : slots_.holders()) {
        UniqueFd process = open_process(holder.pid);
        if (!process) continue;
        const Number number = ++last_number_;
        watch(number, process);
        contexts_[number] = {holder.pid, std::move(process), {},          {}, nullptr,
                             0,          holder.index,       holder.owner};
        spdlog::info("Worker {} of an earlier gvm-gpud lives on as context {}.", holder.pid,
                     number);
    }
}

void Contexts::watch(Number number, const UniqueFd& process) {
    loop_.add(process.get(), [this, number] { gone(number); });
}

std::optional<ContextSlots::Slot> Contexts::take_place() {
    if (contexts_.size() >= max_) return std::nullopt;
    return slots_.take(max_);
}

std::vector<Contexts::Survivor> Contexts::survivors_of(std::uint32_t domid,
                                                       std::uint32_t device) const {
    std::vector<Survivor> all;
    for (const auto& [number, context] : contexts_) {
        if (context.owner && !context.ended && context.owner->domid == domid &&
            context.owner->device == device)
            all.push_back({number, *context.owner});
    }
    return all;
}

void Contexts::adopt(Number number, Ended ended) {
    contexts_.at(number).ended = std::move(ended);
}

UniqueFd Contexts::connect(Number number) const {
    const auto found = contexts_.find(number);
    return found == contexts_.end() ? UniqueFd() : slots_.connect(found->second.place);
}

void Contexts::end_orphans() {
    for (const auto& [number, context] : contexts_) {
        if (context.owner && !context.ended) end(number);
    }
}

Contexts::Number Contexts::begin(ContextSlots::Slot place, const worker::Preparation& kind,
                                 const std::string& who, Ended ended,
                                 const std::optional<ContextSlots::Owner>& owner) {
    WorkerProcess process = spares_.take(kind);
    slots_.note_holder(place, process.pid, owner);
    const Number number = ++last_number_;
    try {
        watch(number, process.process);
    } catch (...) {
        signal_process(process.process, SIGKILL);
        ::waitpid(process.pid, nullptr, 0);
        throw;
    }
    spdlog::info("Context {} starts: {}; worker {}; {} of {} contexts.", number, who, process.pid,
                 contexts_.size() + 1, max_);
    contexts_[number] = {process.pid,
                         std::move(process.process),
                         std::move(process.socket),
                         std::move(place.file),
                         std::move(ended),
                         0,
                         place.index,
                         owner};
    return number;
}

void Contexts::hand_over(Number number, worker::StartMessage start, transport::Handover guest,
                         UniqueFd account) {
    const auto found = contexts_.find(number);
    if (found == contexts_.end()) return;
    Context& context = found->second;
    start.label = "context " + std::to_string(number);
    // A worker that was not told its guest sees its socket closed, and ends.
    if (!worker::send_start(context.socket.get(), start,
                            {std::move(guest), std::move(context.slot), std::move(account)}))
        context.socket.reset();
}

void Contexts::limit_memory(Number number, std::uint64_t bytes) {
    const auto found = contexts_.find(number);
    if (found == contexts_.end()) return;
    const rlimit limit{bytes != 0 ? bytes : RLIM_INFINITY, bytes != 0 ? bytes : RLIM_INFINITY};
    // Without root a limit only falls; then the worker's own limit of its guest holds first.
    ::prlimit(found->second.pid, RLIMIT_DATA, &limit, nullptr);
}

void Contexts::end(Number number) {
    const auto found = contexts_.find(number);
    if (found == contexts_.end() || found->second.kill_timer != 0) return;
    signal_process(found->second.process, SIGTERM);
    found->second.kill_timer =
        loop_.call_at(daemon::EventLoop::Clock::now() + kEndPatience, [this, number] {
            const auto context = contexts_.find(number);
            if (context != contexts_.end()) signal_process(context->second.process, SIGKILL);
        });
}

void Contexts::end_all() {
    for (const auto& [number, context] : contexts_) end(number);
}

void Contexts::kill_all() {
    for (const auto& [number, context] : contexts_) signal_process(context.process, SIGKILL);
}

void Contexts::gone(Number number) {
    const auto found = contexts_.find(number);
    if (found == contexts_.end()) return;
    const Context context = std::move(found->second);
    contexts_.erase(found);
    loop_.remove(context.process.get());
    loop_.cancel(context.kill_timer);
    const std::string why = why_ended(context.pid, context.socket);
    spdlog::info("Context {} ends: {} {} left.", number, why, contexts_.size());
    if (context.ended) context.ended(number, why);
}

}  // namespace vgpu::gpud
