// Inserting and erasing objects; see handle_table.h.
#include "wire/handle_table.h"

namespace vgpu::wire {

std::uint64_t Slot::await_host() const {
    host.wait(kPending, std::memory_order_acquire);
    return host.load(std::memory_order_acquire);
}

void Slot::settle(std::uint64_t handle) {
    host.store(handle, std::memory_order_release);
    host.notify_all();
}

HandleTable::HandleTable(std::uint32_t limit)
    : limit_(limit),
      block_count_(limit / kBlockSlots + (limit % kBlockSlots != 0)),
      blocks_(new std::atomic<Slot*>[block_count_]()) {}

Violation HandleTable::why_not(ObjectId id, std::uint16_t type) const {
    if (Slot* slot = find(id))
        return slot->type.load(std::memory_order_relaxed) == type ? Violation::None
                                                                  : Violation::WrongHandleType;
    const std::uint32_t index = index_of(id);
    if (index >= limit_) return Violation::UnknownHandle;
    const Slot* block = blocks_[index / kBlockSlots].load(std::memory_order_acquire);
    if (!block || id == 0) return Violation::UnknownHandle;
    const std::uint32_t last =
        block[index % kBlockSlots].generation.load(std::memory_order_relaxed);
    return generation_of(id) != 0 && generation_of(id) <= last ? Violation::FreedHandle
                                                               : Violation::UnknownHandle;
}

bool HandleTable::can_insert(ObjectId id) const {
    const std::uint32_t index = index_of(id);
    if (index >= limit_ || generation_of(id) == 0) return false;
    const Slot* block = blocks_[index / kBlockSlots].load(std::memory_order_acquire);
    return !block || block[index % kBlockSlots].id.load(std::memory_order_relaxed) == 0;
}

Slot* HandleTable::insert(ObjectId id, std::uint16_t type, std::uint64_t host, std::uint32_t scope,
                          Slot* parent) {
    if (!can_insert(id)) return nullptr;
    const std::uint32_t index = index_of(id);
    std::atomic<Slot*>& block = blocks_[index / kBlockSlots];
    if (!block.load(std::memory_order_relaxed)) {
        owned_.push_back(std::make_unique<Slot[]>(kBlockSlots));
        block.store(owned_.back().get(), std::memory_order_release);
    }
    Slot& slot = at(index);
    slot.host.store(host, std::memory_order_relaxed);
    slot.generation.store(generation_of(id), std::memory_order_relaxed);
    slot.scope.store(scope, std::memory_order_relaxed);
    slot.type.store(type, std::memory_order_relaxed);
    slot.first_child = slot.previous = slot.next = slot.parent = Slot::kNone;
    if (parent) {
        slot.parent = index_of(parent->id.load(std::memory_order_relaxed));
        slot.next = parent->first_child;
        if (slot.next != Slot::kNone) at(slot.next).previous = index;
        parent->first_child = index;
    }
    ++live_;
    // Publish last: other channels' threads find the object by this word.
    slot.id.store(id, std::memory_order_release);
    return &slot;
}

void HandleTable::unlink(Slot& slot) {
    if (slot.parent == Slot::kNone) return;
    if (slot.previous != Slot::kNone)
        at(slot.previous).next = slot.next;
    else
        at(slot.parent).first_child = slot.next;
    if (slot.next != Slot::kNone) at(slot.next).previous = slot.previous;
}

void HandleTable::erase(Slot& slot) {
    erase_children(slot);
    unlink(slot);
    slot.id.store(0, std::memory_order_release);
    slot.state.reset();
    --live_;
}

void HandleTable::erase_children(Slot& slot) {
    while (slot.first_child != Slot::kNone) erase(at(slot.first_child));
}

}  // namespace vgpu::wire
