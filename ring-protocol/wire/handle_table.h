// The host's table of one context's objects: a lookup is an index and a compare.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "wire/ids.h"
#include "wire/violation.h"

namespace vgpu::wire {

// What the backend's hand-written half keeps of an object; destroyed with its slot.
struct SlotState {
    virtual ~SlotState() = default;
};

// One object. Written only by ordered commands, which run one at a time; read by every channel's
// thread. 64 bytes: a line of the cache.
struct alignas(64) Slot {
    std::atomic<ObjectId> id{0};  // 0: free
    // The driver's handle; kPending while it is being made, kFailed when it could not be.
    std::atomic<std::uint64_t> host{0};
    std::unique_ptr<SlotState> state;
    // Atomic because a hostile guest's other channel may look while the index gets a new object.
    std::atomic<std::uint32_t> generation{0};  // the last one that lived here
    std::atomic<std::uint32_t> scope{0};       // index of the VkDevice it belongs to, or 0xffffffff
    std::atomic<std::uint16_t> type{0};
    std::uint32_t parent = kNone;  // index of the pool it was taken from, or kNone
    std::uint32_t first_child = kNone;
    std::uint32_t next = kNone;  // among the parent's children
    std::uint32_t previous = kNone;

    static constexpr std::uint32_t kNone = 0xffffffff;
    static constexpr std::uint64_t kPending = 0;
    static constexpr std::uint64_t kFailed = ~std::uint64_t{0};

    // The driver's handle, waiting while another channel still makes it; kFailed as above.
    std::uint64_t host_handle() const {
        const std::uint64_t handle = host.load(std::memory_order_acquire);
        if (handle == kPending) [[unlikely]]
            return await_host();
        return handle;
    }
    std::uint64_t await_host() const;
    // Ends the pending state.
    void settle(std::uint64_t handle);
};

// Owned by a context. Ids come from the guest; indices stay below `limit`.
class HandleTable {
  public:
    static constexpr std::uint32_t kInstanceScope = 0xffffffff;

    explicit HandleTable(std::uint32_t limit);

    // The live object of that id, or null.
    Slot* find(ObjectId id) const {
        const std::uint32_t index = index_of(id);
        if (index >= limit_) return nullptr;
        Slot* block = blocks_[index / kBlockSlots].load(std::memory_order_acquire);
        if (!block) return nullptr;
        Slot& slot = block[index % kBlockSlots];
        return id != 0 && slot.id.load(std::memory_order_acquire) == id ? &slot : nullptr;
    }
    // As find(), but of that type.
    Slot* find(ObjectId id, std::uint16_t type) const {
        Slot* slot = find(id);
        return slot && slot->type.load(std::memory_order_relaxed) == type ? slot : nullptr;
    }
    // The driver's handle of a live object; see Slot::host_handle().
    std::uint64_t host_handle(const Slot& slot) const {
        if (slot.host.load(std::memory_order_relaxed) == Slot::kPending && before_wait_)
            [[unlikely]]
            before_wait_();
        return slot.host_handle();
    }
    // What a thread does before it waits for an object that is being made. Set once, at the start.
    void before_wait(std::function<void()> action) { before_wait_ = std::move(action); }
    // The slot of an index that some live object's find() or insert() led to.
    Slot& at_index(std::uint32_t index) const { return at(index); }
    // Why find() gave null.
    Violation why_not(ObjectId id, std::uint16_t type) const;

    // Whether an object of that id could be made now.
    bool can_insert(ObjectId id) const;
    // The new object, or null where can_insert() is false. `parent` may be null.
    Slot* insert(ObjectId id, std::uint16_t type, std::uint64_t host, std::uint32_t scope,
                 Slot* parent = nullptr);
    // Forgets the object and, first, its children.
    void erase(Slot& slot);
    void erase_children(Slot& slot);

    // Calls f(Slot&) for each live object.
    template <typename F>
    void for_each(F&& f) {
        for (std::uint32_t b = 0; b < block_count_; ++b)
            if (Slot* block = blocks_[b].load(std::memory_order_acquire))
                for (std::uint32_t i = 0; i < kBlockSlots; ++i)
                    if (block[i].id.load(std::memory_order_relaxed) != 0) f(block[i]);
    }
    std::uint32_t live() const { return live_; }

  private:
    static constexpr std::uint32_t kBlockSlots = 1024;
    Slot& at(std::uint32_t index) const {
        return blocks_[index / kBlockSlots].load(std::memory_order_relaxed)[index % kBlockSlots];
    }
    void unlink(Slot& slot);

    const std::uint32_t limit_;
    const std::uint32_t block_count_;
    std::unique_ptr<std::atomic<Slot*>[]> blocks_;
    std::vector<std::unique_ptr<Slot[]>> owned_;
    std::uint32_t live_ = 0;
    std::function<void()> before_wait_;
};

}  // namespace vgpu::wire
