// The loop of a channel's thread.
#include "worker/channel_thread.h"

#include <cstring>
#include <exception>

namespace vgpu::worker {

namespace {

// One long reply must not hold its memory for the context's life.
constexpr std::size_t kKeptReplyBytes = 64 << 10;

ring::RingHeader& header_at(transport::MappedRegion& region, std::size_t offset) {
    return *reinterpret_cast<ring::RingHeader*>(region.data() + offset);
}

std::uint8_t* data_at(transport::MappedRegion& region, std::size_t offset) {
    return region.data() + offset + sizeof(ring::RingHeader);
}

}  // namespace

ChannelThread::ChannelThread(transport::ChannelId id,
                             std::shared_ptr<transport::MappedRegion> region, std::size_t offset,
                             std::unique_ptr<transport::ChannelDoorbell> doorbell,
                             Sequencer& sequencer, ContextReplay& replay, WorkerServices& services)
    : id_(id),
      region_(std::move(region)),
      doorbell_(std::move(doorbell)),
      sequencer_(sequencer),
      replay_(replay),
      services_(services),
      sink_(replay.sink_for_channel()),
      commands_(header_at(*region_, offset), data_at(*region_, offset), services),
      replies_(header_at(*region_, offset + ring::kReplyRingOffset),
               data_at(*region_, offset + ring::kReplyRingOffset), header_at(*region_, offset),
               *doorbell_, services),
      thread_([this] { run(); }) {}

ChannelThread::~ChannelThread() {
    stop();
    thread_.join();
}

void ChannelThread::stop() {
    stopping_.store(true, std::memory_order_relaxed);
    doorbell_->stop();
}

void ChannelThread::run() {
    services_.heap_keeper().joins();
    try {
        serve();
    } catch (const std::exception& error) {
        services_.lose(ring::LostReason::LimitExceeded,
                       "Channel " + std::to_string(id_) + " ends: " + error.what() + ".");
    }
    services_.heap_keeper().leaves();
}

void ChannelThread::serve() {
    Record record;
    while (!stopping_.load(std::memory_order_relaxed)) {
        if (!run_ahead()) return;
        services_.completion_watch().look();
        switch (commands_.next(record)) {
            case CommandStream::Next::Record:
                if (!run_record(record)) return;
                break;
            case CommandStream::Next::Empty:
                sleep();
                break;
            case CommandStream::Next::Violation:
                services_.lose(ring::LostReason::ProtocolViolation,
                               "Channel " + std::to_string(id_) + " at byte " +
                                   std::to_string(commands_.position()) + ": " +
                                   wire::describe(commands_.violation()) + ".");
                return;
            case CommandStream::Next::OverLimit:
                services_.lose(ring::LostReason::LimitExceeded,
                               "Channel " + std::to_string(id_) +
                                   " sends a record for which the context's memory limit of " +
                                   std::to_string(services_.options().memory_limit_bytes) +
                                   " bytes leaves no room.");
                return;
        }
    }
}

void ChannelThread::sleep() {
    ring::Consumer& consumer = commands_.consumer();
    CompletionWatch& watch = services_.completion_watch();
    const auto more = [&] { return !consumer.empty(); };
    const auto over = [&] {
        watch.look();
        return !watch.any() || more();
    };
    if (watch.any() && !completion_budget_.spin(over)) watch.hand_over();
    if (more() || budget_.spin(more)) return;
    if (consumer.prepare_sleep()) sleep_until_rung();
    consumer.cancel_sleep();
}

void ChannelThread::sleep_until_rung() {
    HeapKeeper& heap = services_.heap_keeper();
    heap.leaves();
    if (!doorbell_->wait(HeapKeeper::kRest)) {
        heap.rest();
        doorbell_->wait();
    }
    heap.joins();
    // Who rang is about to sleep, and may stand behind this thread on one processor: with it out of
    // the way, the driver's threads are woken here, and need not wake another processor.
    wake_budget_.offer();
}

// Gives the sink at once all recorded commands that are there and wait for nothing. False when the
// context is over.
bool ChannelThread::run_ahead() {
    const std::span<const std::uint8_t> there = commands_.there();
    if (there.empty() || sequencer_.stopped()) return true;
    const RanRecords ran = sink_->run_recorded(there, sequencer_.executed());
    if (ran.bytes != 0) {
        commands_.skip(ran.bytes);
        sequencer_.set_position(id_, commands_.position());
    }
    if (ran.violation == wire::Violation::None) [[likely]]
        return true;
    Record bad{};
    commands_.next(bad);
    return violation(bad, ran.violation);
}

// False when the context is over.
bool ChannelThread::run_record(const Record& record) {
    if (!sequencer_.possible(record.order)) {
        return violation(record, wire::Violation::BadArgument,
                         "place " + std::to_string(record.order) + " lies too far ahead (" +
                             std::to_string(sequencer_.executed()) + " have run)");
    }
    const bool awaits = record.command == ring::kAwaitChannelCommand;
    const bool ordered = !awaits && sink_->is_ordered(record.command);
    if (awaits || !sequencer_.is_due(record.order, ordered))
        services_.completion_watch().hand_over();
    bool go_on;
    if (awaits) {
        go_on = await_channel(record);
    } else if (ordered) {
        go_on = run_ordered(record);
    } else {
        go_on = run_recorded(record);
    }
    if (!go_on) return false;
    sequencer_.set_position(id_, record.end);
    return !has_reply_ || send_reply(record);
}

bool ChannelThread::run_ordered(const Record& record) {
    switch (sequencer_.enter(record.order)) {
        case Sequencer::Turn::Go:
            break;
        case Sequencer::Turn::Used:
            return violation(record, wire::Violation::BadArgument,
                             "place " + std::to_string(record.order) +
                                 " in the order is used already (" +
                                 std::to_string(sequencer_.executed()) + " have run)");
        case Sequencer::Turn::Stopped:
            return false;
    }
    // Not left after a violation: no other channel runs an ordered command then.
    if (!execute(record)) return false;
    sequencer_.leave_if_not_left(record.order);
    return true;
}

bool ChannelThread::run_recorded(const Record& record) {
    return sequencer_.wait_order(record.order) && execute(record);
}

bool ChannelThread::await_channel(const Record& record) {
    struct {
        std::uint32_t channel;
        std::uint32_t zero;
        std::uint64_t position;
    } await;
    if (record.bytes != sizeof await) return violation(record, wire::Violation::BadLength);
    std::memcpy(&await, record.payload, sizeof await);
    if (await.channel >= ring::kMaxChannels || await.channel == id_ || await.zero != 0) {
        return violation(record, wire::Violation::BadArgument,
                         "channel " + std::to_string(await.channel) + " cannot be awaited");
    }
    return sequencer_.wait_order(record.order) &&
           sequencer_.wait_position(await.channel, await.position);
}

bool ChannelThread::execute(const Record& record) {
    const wire::Violation found = sink_->execute(record.command, record.payload, record.bytes,
                                                 record.order, reply_, has_reply_);
    if (found == wire::Violation::None) [[likely]]
        return true;
    return violation(record, found);
}

bool ChannelThread::send_reply(const Record& record) {
    has_reply_ = false;
    if (reply_.size() > ring::kMaxReplyBytes) {
        services_.lose(ring::LostReason::LimitExceeded,
                       std::string("The reply of ") + replay_.command_name(record.command) +
                           " has " + std::to_string(reply_.size()) + " bytes, more than " +
                           std::to_string(ring::kMaxReplyBytes) + ".");
        return false;
    }
    const ReplyWriter::Result result = replies_.write(record.order, reply_, stopping_);
    reply_.clear();
    if (reply_.capacity() > kKeptReplyBytes) reply_.shrink_to_fit();
    if (result == ReplyWriter::Result::BadRing) {
        return violation(record, wire::Violation::BadRing, "the reply ring's head cannot be");
    }
    return result == ReplyWriter::Result::Written;
}

bool ChannelThread::violation(const Record& record, wire::Violation violation,
                              const std::string& detail) {
    services_.lose(ring::LostReason::ProtocolViolation,
                   "Command " + std::to_string(record.command) + " (" +
                       replay_.command_name(record.command) + ") that ends at byte " +
                       std::to_string(record.end) + " of channel " + std::to_string(id_) + ": " +
                       (detail.empty() ? wire::describe(violation) : detail) + ".");
    return false;
}

}  // namespace vgpu::worker
