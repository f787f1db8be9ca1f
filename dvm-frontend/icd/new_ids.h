// Ids for several objects that one command makes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "icd/context.h"
#include "icd/small_array.h"

namespace vgpu::icd {

// False, and none taken, when the context has no more or there is no memory.
template <std::size_t kInline>
bool take_ids(Context& context, std::uint32_t count, SmallArray<wire::ObjectId, kInline>& ids) {
    if (!ids.resize(count)) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
        ids[i] = context.new_id();
        if (ids[i] != 0) continue;
        for (std::uint32_t k = 0; k < i; ++k) context.recycle_id(ids[k]);
        return false;
    }
    return true;
}

}  // namespace vgpu::icd
