// What every Vulkan object with state in the guest begins with, and the way from handles to it.
#pragma once

#include <vulkan/vk_icd.h>
#include <vulkan/vulkan.h>

#include <cstdint>

#include "icd/context.h"
#include "object_types.h"
#include "wire/description.h"
#include "wire/ids.h"

namespace vgpu::icd {

// The begin of objects whose handle the loader dispatches on. Its first word is the loader's.
struct Dispatchable : wire::GuestObject {
    explicit Dispatchable(Context& owner) : context(&owner) { loader_data = ICD_LOADER_MAGIC; }
    Context* context;
};

// The object behind the handle of a type that policy.toml lists under [guest_objects].
template <typename Object, typename Handle>
Object& object_of(Handle handle) {
    return *reinterpret_cast<Object*>(handle);
}
template <typename Handle, typename Object>
Handle handle_of_object(Object& object) {
    return reinterpret_cast<Handle>(&object);
}

// Handles of all other types are ids.
template <typename Handle>
Handle handle_of(wire::ObjectId id) {
    return reinterpret_cast<Handle>(id);
}
template <typename Handle>
wire::ObjectId id_of(Handle handle) {
    const auto bits = reinterpret_cast<std::uint64_t>(handle);
    constexpr auto kType = static_cast<std::uint16_t>(wire::ObjectTypeOf<Handle>::value);
    if (bits == 0 || !wire::kHasGuestObject[kType]) return bits;
    return reinterpret_cast<const wire::GuestObject*>(bits)->id;
}

// The context behind a dispatchable handle.
template <typename Handle>
Context& context_of(Handle handle) {
    return *reinterpret_cast<Dispatchable*>(handle)->context;
}

}  // namespace vgpu::icd
