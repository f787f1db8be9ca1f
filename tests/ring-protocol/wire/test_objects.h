// A context's handle table with objects of every type, as a guest would have made them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "wire/handle_table.h"
#include "wire/ids.h"

namespace vgpu::wire::test {

// For every object type: some live objects of one device, one of another device, one that is gone,
// one that the driver could not make.
// The "driver's handle" of an object whose guest handle is a pointer is that pointer, so that what
// was decoded can be encoded again; of every other object it is its id with the bits of `mark`
// flipped.
class TestObjects {
  public:
    static constexpr std::uint64_t kHostMark = 0x5555'0000'0000'0000;
    static constexpr std::uint32_t kLimit = 4096;
    static constexpr std::uint32_t kLiveOfEach = 3;

    explicit TestObjects(std::uint64_t mark = kHostMark);

    const HandleTable& table() const { return table_; }
    // What the guest passes as the handle of a live object of that type; `which` < kLiveOfEach.
    std::uint64_t guest_handle(std::uint16_t type, std::uint32_t which) const;
    ObjectId live(std::uint16_t type, std::uint32_t which) const {
        return of_type_[type].live[which];
    }
    // Of another device; of an instance-level type just one more.
    ObjectId foreign(std::uint16_t type) const { return of_type_[type].foreign; }
    ObjectId freed(std::uint16_t type) const { return of_type_[type].freed; }
    ObjectId failed(std::uint16_t type) const { return of_type_[type].failed; }
    ObjectId of_another_type(std::uint16_t type) const;
    // An id in the table's bounds that was never used, and one beyond them.
    ObjectId unknown() const { return make_id(kLimit - 1, 1); }
    ObjectId beyond() const { return make_id(kLimit, 1); }
    // Ids for creates: free, each another.
    ObjectId fresh(std::uint32_t which) const { return make_id(kFirstFresh + which % 64, 7); }

  private:
    static constexpr std::uint32_t kFirstFresh = kLimit - 128;
    struct OfType {
        std::vector<ObjectId> live;
        ObjectId foreign = 0;
        ObjectId freed = 0;
        ObjectId failed = 0;
    };
    ObjectId add(std::uint16_t type, std::uint32_t scope);

    const std::uint64_t mark_;
    HandleTable table_;
    std::vector<OfType> of_type_;
    std::vector<std::unique_ptr<GuestObject>> guest_objects_;  // by index; null where not needed
    std::uint32_t next_index_ = 1;
};

}  // namespace vgpu::wire::test
