// Keeping some, handing one out, replacing it.
#include "gpud/spare_workers.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace vgpu::gpud {

namespace {

// The guest that got a spare starts meanwhile, on the same processors.
constexpr std::chrono::milliseconds kRefillDelay{500};
// Domains may differ in GPU, jail and log level; who has not come for long need not be expected.
constexpr std::size_t kMostKinds = 4;

}  // namespace

SpareWorkers::SpareWorkers(daemon::EventLoop& loop, WorkerProgram program, std::uint32_t count)
    : loop_(loop), program_(std::move(program)), wanted_(count) {}

SpareWorkers::~SpareWorkers() {
    close();
}

void SpareWorkers::close() {
    wanted_ = 0;
    if (refill_ != 0) loop_.cancel(refill_);
    refill_ = 0;
    while (!spares_.empty()) end_oldest();
}

void SpareWorkers::end_oldest() {
    const WorkerProcess& process = spares_.front().process;
    loop_.remove(process.process.get());
    // It holds nothing that would have to be put in order.
    signal_process(process.process, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
    spares_.pop_front();
}

WorkerProcess SpareWorkers::take(const worker::Preparation& kind) {
    const auto found = std::find_if(spares_.begin(), spares_.end(),
                                    [&](const Spare& spare) { return spare.kind == kind; });
    WorkerProcess process;
    if (found == spares_.end()) {
        process = spawn_worker(program_);
    } else {
        process = std::move(found->process);
        spares_.erase(found);
        loop_.remove(process.process.get());
    }
    if (wanted_ != 0 && refill_ == 0) {
        refill_ = loop_.call_at(daemon::EventLoop::Clock::now() + kRefillDelay, [this, kind] {
            refill_ = 0;
            keep(kind);
        });
    }
    return process;
}

void SpareWorkers::keep(const worker::Preparation& kind) {
    const auto same = [&](const Spare& spare) { return spare.kind == kind; };
    try {
        for (auto there = std::count_if(spares_.begin(), spares_.end(), same); there < wanted_;
             ++there)
            add(kind);
    } catch (const std::exception& error) {
        spdlog::warn("A spare worker cannot be started: {}", error.what());
    }
}

void SpareWorkers::add(const worker::Preparation& kind) {
    if (spares_.size() >= kMostKinds * wanted_) end_oldest();
    spares_.push_back({kind, spawn_worker(program_)});
    const WorkerProcess& process = spares_.back().process;
    // A worker that is gone already is noticed by its descriptor.
    worker::send_preparation(process.socket.get(), kind);
    loop_.add(process.process.get(), [this, pid = process.pid] { gone(pid); });
}

void SpareWorkers::gone(pid_t pid) {
    const auto found = std::find_if(spares_.begin(), spares_.end(),
                                    [&](const Spare& spare) { return spare.process.pid == pid; });
    if (found == spares_.end()) return;
    loop_.remove(found->process.process.get());
    const auto end = worker::receive_end(found->process.socket.get());
    ::waitpid(pid, nullptr, WNOHANG);
    spdlog::warn("A spare worker ends before it has a guest{}{}", end ? ": " : ".",
                 end ? end->reason : "");
    spares_.erase(found);
}

}  // namespace vgpu::gpud
