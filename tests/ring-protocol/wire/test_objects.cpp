// Fills the table of the tests.
#include "test_objects.h"

#include "object_types.h"
#include "wire/description.h"

namespace vgpu::wire::test {

namespace {
constexpr auto kDevice = static_cast<std::uint16_t>(ObjectType::Device);
}

TestObjects::TestObjects(std::uint64_t mark)
    : mark_(mark), table_(kLimit), of_type_(kHasGuestObject.size()) {
    guest_objects_.resize(kLimit);
    // A device belongs to itself: its scope is the index that it is about to get.
    const ObjectId device = add(kDevice, next_index_);
    const ObjectId other_device = add(kDevice, next_index_);
    for (std::uint16_t type = 1; type < of_type_.size(); ++type) {
        OfType& of = of_type_[type];
        const std::uint32_t scope =
            kDeviceLevel[type] ? index_of(device) : HandleTable::kInstanceScope;
        const std::uint32_t other =
            kDeviceLevel[type] ? index_of(other_device) : HandleTable::kInstanceScope;
        if (type == kDevice) {
            of.live.assign(kLiveOfEach, device);
            of.foreign = other_device;
        } else {
            for (std::uint32_t i = 0; i < kLiveOfEach; ++i) of.live.push_back(add(type, scope));
            of.foreign = add(type, other);
        }
        of.freed = add(type, scope);
        table_.erase(*table_.find(of.freed));
        of.failed = add(type, scope);
        table_.find(of.failed)->settle(Slot::kFailed);
    }
}

ObjectId TestObjects::add(std::uint16_t type, std::uint32_t scope) {
    const std::uint32_t index = next_index_++;
    const ObjectId id = make_id(index, 3 + index % 5);
    std::uint64_t host = id ^ mark_;
    if (kHasGuestObject[type]) {
        guest_objects_[index] = std::make_unique<GuestObject>(GuestObject{0, id});
        host = reinterpret_cast<std::uint64_t>(guest_objects_[index].get());
    }
    table_.insert(id, type, host, scope);
    return id;
}

std::uint64_t TestObjects::guest_handle(std::uint16_t type, std::uint32_t which) const {
    const ObjectId id = live(type, which);
    if (!kHasGuestObject[type]) return id;
    return reinterpret_cast<std::uint64_t>(guest_objects_[index_of(id)].get());
}

ObjectId TestObjects::of_another_type(std::uint16_t type) const {
    const std::size_t other = type + 1u < of_type_.size() ? type + 1u : 1u;
    return of_type_[other].live[0];
}

}  // namespace vgpu::wire::test
