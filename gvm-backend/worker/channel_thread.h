// Serves one command channel: reads its records, waits for their turns, runs them, answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/spin.h"
#include "transport/host_transport.h"
#include "worker/command_stream.h"
#include "worker/replay_port.h"
#include "worker/reply_writer.h"
#include "worker/sequencer.h"

namespace vgpu::worker {

// Owned by the context; all but the constructor and stop() happens on a thread of its own. What
// comes through the rings is the guest's. After a violation nothing of the context is run.
class ChannelThread {
  public:
    // `region` holds the channel's rings at `offset`: ring::kChannelBytes lie there, at a multiple
    // of ring::kLineBytes. The references outlive this.
    ChannelThread(transport::ChannelId id, std::shared_ptr<transport::MappedRegion> region,
                  std::size_t offset, std::unique_ptr<transport::ChannelDoorbell> doorbell,
                  Sequencer& sequencer, ContextReplay& replay, WorkerServices& services);
    // Stops, and joins the thread: waits as long as the command that is running takes.
    ~ChannelThread();
    ChannelThread(const ChannelThread&) = delete;
    ChannelThread& operator=(const ChannelThread&) = delete;

    // Any thread; does not wait. The sequencer is stopped by its owner.
    void stop();

  private:
    void run();
    void serve();
    void sleep();
    void sleep_until_rung();
    bool run_ahead();
    bool run_record(const Record& record);
    bool run_ordered(const Record& record);
    bool run_recorded(const Record& record);
    bool await_channel(const Record& record);
    bool execute(const Record& record);
    bool send_reply(const Record& record);
    bool violation(const Record& record, wire::Violation violation, const std::string& detail = "");

    const transport::ChannelId id_;
    std::shared_ptr<transport::MappedRegion> region_;
    std::unique_ptr<transport::ChannelDoorbell> doorbell_;
    Sequencer& sequencer_;
    ContextReplay& replay_;
    WorkerServices& services_;
    std::unique_ptr<CommandSink> sink_;
    CommandStream commands_;
    ReplyWriter replies_;
    std::vector<std::uint8_t> reply_;
    bool has_reply_ = false;
    SpinBudget wake_budget_;
    SpinBudget budget_;                                      // for the next record
    SpinBudget completion_budget_{SpinBudget::InVain::Few};  // for the end of what was submitted
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace vgpu::worker
