// The border between the worker, which owns a context's rings, threads and memory, and the replay
// code, which decodes its commands and runs them on the host's driver.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ring/layout.h"
#include "transport/host_transport.h"
#include "transport/messages.h"
#include "wire/violation.h"
#include "worker/completion_watch.h"
#include "worker/heap_keeper.h"
#include "worker/host_options.h"

namespace vgpu::worker {

// A range of a guest's shared pages, mapped here. Its bytes change at the guest's will. shared_ptr,
// because a guest may take a region back while a driver still works on it: who imports a range
// keeps this value until the import is freed.
struct GuestPages {
    std::uint8_t* data = nullptr;
    std::size_t bytes = 0;
    std::shared_ptr<transport::MappedRegion> region;

    explicit operator bool() const { return data != nullptr; }
};

struct StatusWrite {
    std::uint32_t slot = 0;
    std::uint64_t value = 0;
};

// What replay code may ask of its worker. Owned by the worker and outlives all replay objects.
// Every member may be called on any thread and returns without waiting for the guest.
class WorkerServices {
  public:
    virtual const HostOptions& options() const = 0;

    // The range's pages; false (empty) when the region is unknown or the range leaves it. The
    // arguments may come from the guest unchecked.
    virtual GuestPages find_pages(transport::RegionId region, std::uint64_t offset,
                                  std::uint64_t bytes) = 0;

    // Raises each slot to its value (a slot never falls), then wakes the guest's sleepers. False,
    // and nothing is written, when a slot is not below ring::kStatusSlots: check slots that came
    // from the guest with this or valid_slot() before something depends on them.
    virtual bool write_status(std::span<const StatusWrite> writes) = 0;
    bool write_status(std::uint32_t slot, std::uint64_t value) {
        const StatusWrite one{slot, value};
        return write_status(std::span(&one, 1));
    }
    static constexpr bool valid_slot(std::uint32_t slot) { return slot < ring::kStatusSlots; }

    // Ends the context: the guest sees `reason`, the log gets `text` (a present-tense sentence with
    // values), no command runs any more and the worker exits soon. The first call counts, later
    // ones are dropped, so a command that knows more than a Violation says calls this and then
    // returns Violation::BadArgument.
    virtual void lose(ring::LostReason reason, const std::string& text) = 0;
    virtual bool lost() const = 0;

    // Who tells the guest of submissions' ends beside the completion threads.
    virtual CompletionWatch& completion_watch() = 0;

    // When the heap's free memory goes back.
    virtual HeapKeeper& heap_keeper() = 0;

    // Wakes the guest's threads, if any of them sleeps; after a change that they may wait for.
    virtual void wake_guest() = 0;

    // Lets the commands after place `order`, which is running, begin: what is left of it touches
    // nothing that they do not wait for by themselves.
    virtual void leave_turn(std::uint32_t) {}

    // Counts memory against the guest's limit: false when it would go over.
    virtual bool try_charge(std::uint64_t bytes) = 0;
    virtual void release(std::uint64_t bytes) = 0;

    // Counts what the administrator sees of a context.
    virtual void count_submission() {}
    virtual void count_command_bytes(std::uint64_t) {}
    virtual void count_busy(std::chrono::nanoseconds) {}
    // A shader that the gate does not let through, in a sentence.
    virtual void note_refused_shader(const std::string&) {}

  protected:
    ~WorkerServices() = default;
};

// What became of a run of recorded commands.
struct RanRecords {
    std::size_t bytes = 0;                              // of the records that have run
    wire::Violation violation = wire::Violation::None;  // of the one behind them
};

// Runs one channel's commands, all but kPadCommand and kAwaitChannelCommand. Owned by the channel's
// thread; its payloads are private memory with the guest's unchecked words in it. execute() of
// several sinks runs at the same time for recorded commands; for ordered ones the worker lets one
// run at a time, in the context's order.
class CommandSink {
  public:
    virtual ~CommandSink() = default;
    // True when the command has a place of its own in the order (everything but vkCmd*); what this
    // says of unknown numbers does not matter. Constant for each number.
    virtual bool is_ordered(std::uint16_t command) const = 0;
    // Decodes and runs one record. `payload` lies at a multiple of 8, is what follows the record's
    // header, and stays valid and unchanged during the call. A reply's payload, if the command has
    // one, is written to `reply`, which comes empty, and has_reply, which comes false, is set.
    // Returns None or what the worker loses the context for. Must not throw.
    virtual wire::Violation execute(std::uint16_t command, const std::uint8_t* payload,
                                    std::size_t bytes, std::uint32_t order,
                                    std::vector<std::uint8_t>& reply, bool& has_reply) = 0;
    // As execute() for the records that lie here one behind the other, as far as they are whole,
    // are recorded commands, and come after no later place than `executed`: stops before the first
    // that does not, which is for execute() or for the worker. Without this each one is.
    virtual RanRecords run_recorded(std::span<const std::uint8_t> /*records*/,
                                    std::uint32_t /*executed*/) {
        return {};
    }
};

// All replay state of one context (the handle table, the instance, its devices). Owned by the
// worker's main thread, which destroys it after the last sink.
class ContextReplay {
  public:
    virtual ~ContextReplay() = default;
    // Called on the main thread; the sink then lives on its channel's thread.
    virtual std::unique_ptr<CommandSink> sink_for_channel() = 0;
    // For the log; "unknown" for a number that is not served.
    virtual const char* command_name(std::uint16_t) const { return "unknown"; }
};

}  // namespace vgpu::worker

namespace vgpu::replay {

// The replay code implements these.
std::unique_ptr<worker::ContextReplay> make_context_replay(worker::WorkerServices& services);
// Layout hash of each command by its wire number, for Welcome::command_hashes.
std::span<const std::uint32_t> command_hashes();
// For Welcome::link_hashes.
std::span<const std::uint32_t> link_hashes();

}  // namespace vgpu::replay
