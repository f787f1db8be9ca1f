// Carries signals between what processes of this guest share and one device's queues.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "icd/object.h"
#include "icd/point.h"
#include "icd/shared_payload.h"
#include "transport/fork_guard.h"

namespace vgpu::icd {

struct Device;

// A payload as this device's queues wait for it: a timeline semaphore of the host's, which only the
// relay signals, with the numbers that its waits are for. Shared by the Semaphore and the waits
// that are pending, which outlive it.
class SharedSemaphore : public wire::GuestObject {
  public:
    // Null without memory, or when the context has too many objects.
    static std::shared_ptr<SharedSemaphore> make(Device& device,
                                                 std::shared_ptr<SharedPayload> payload);
    ~SharedSemaphore();
    SharedSemaphore(const SharedSemaphore&) = delete;
    SharedSemaphore& operator=(const SharedSemaphore&) = delete;

    Device& device;
    const std::shared_ptr<SharedPayload> payload;

  private:
    friend class Relay;
    SharedSemaphore(Device& owner, std::shared_ptr<SharedPayload> shared);
    // Signals the host's semaphore, unless it has come to the number already.
    void push(std::uint64_t number);  // the caller holds the relay's lock

    std::uint64_t pushed_;
};

// Owned by the Device; idle, and without threads, until something is shared. Any thread.
class Relay {
  public:
    explicit Relay(Device& device) : device_(device) {}
    ~Relay() { stop(); }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    // To be called before anything is shared. False when no thread or descriptor is left.
    bool start();
    // Ends the threads. What is pending has happened as far as it ever will.
    void stop();

    // Room for so many entries of a submit, held while this lives: what was promised is never
    // without its entry.
    class Room {
      public:
        explicit Room(Relay& relay) : relay_(relay) {}
        ~Room();
        Room(const Room&) = delete;
        Room& operator=(const Room&) = delete;
        // False without memory. To be called once.
        bool try_reserve(std::size_t entries);

      private:
        Relay& relay_;
        std::size_t entries_ = 0;
    };

    // With Room for it: the payload's promised signal happens when the queue comes to the point.
    void publish(Point point, std::shared_ptr<SharedPayload> payload, std::uint64_t number);
    // With Room for it: a submit is to wait for the number. False when it is reached already; else
    // the host's semaphore comes to it when the payload does.
    bool await(const std::shared_ptr<SharedSemaphore>& semaphore, std::uint64_t number);
    // The sync file's end closes when the payload reaches the number. False without memory.
    bool tell(const std::shared_ptr<SharedPayload>& payload, std::uint64_t number, UniqueFd end);

    // Does what is due now: for who looks at a payload, so that it is as new as the status slots.
    void step() {
        if (entries_.load(std::memory_order_acquire) != 0) take_step();
    }

    // While it lives, a change of its payloads wakes those who wait in Context::wait_until().
    class Watch {
      public:
        explicit Watch(Relay& relay) : relay_(relay) {}
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        // May throw std::bad_alloc.
        void add(const std::shared_ptr<SharedPayload>& payload);

      private:
        Relay& relay_;
        bool used_ = false;
    };

  private:
    struct Publish {
        Point point;
        std::shared_ptr<SharedPayload> payload;
        std::uint64_t number;
    };
    struct Await {
        std::shared_ptr<SharedSemaphore> semaphore;
        std::uint64_t number;
    };
    struct Tell {
        std::shared_ptr<SharedPayload> payload;
        std::uint64_t number;
        UniqueFd end;
        std::unique_ptr<const transport::ForkGuard> guard;
    };
    struct Watched {
        std::shared_ptr<SharedPayload> payload;
        const Watch* watch;
    };
    // One waits for this context's work, one for other processes' changes of payloads, one for sync
    // files.
    struct Threads {
        std::condition_variable work;
        std::thread publisher;
        std::thread listener;
        std::thread file_listener;
    };
    // What a listener waits for at one time.
    struct Listened;

    void take_step();
    // With mutex_ held: do what is due, or all of it.
    void publish_reached(bool all);
    void push_reached();
    void tell_reached(bool all);
    void count_entries();

    // Its listener listens to this one too.
    void listen_to(SharedPayload& payload);
    void wake_listener();
    Listened collect(bool files);
    void tell_all(const Listened& listened);
    void run_publisher();
    void run_listener();
    void run_file_listener();
    bool any_point_reached();

    Device& device_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<Publish> publishes_;
    std::vector<Await> awaits_;
    std::vector<Tell> tells_;
    std::vector<Watched> watched_;
    std::size_t reserved_ = 0;
    bool broken_ = false;  // no thread could be made

    std::atomic<std::size_t> entries_{0};        // of publishes_, awaits_ and tells_
    std::atomic<std::uint32_t> list_change_{0};  // a futex: the lists are others now
    std::atomic<bool> stop_{false};
    UniqueFd file_bell_;  // wakes the file listener
    std::unique_ptr<Threads> threads_;
    std::unique_ptr<const transport::ForkGuard> guard_;  // a fork's child has no entries
    int owner_ = 0;                                      // the process that has the threads
};

}  // namespace vgpu::icd
