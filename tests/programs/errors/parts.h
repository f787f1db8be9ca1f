// What vgpu-errors asks of a driver, each part in a file of its own.
#pragma once

#include <cstdint>

#include "common/program.h"

namespace vgpu::programs {

// Legal, though odd: the validation layer has no objection.
void ignored_fields(const Stage& stage);          // garbage where the specification ignores it
void ignored_pipeline_state(const Stage& stage);  // the same, in graphics pipelines
void empty_arrays(const Stage& stage);            // counts of zero beside garbage pointers
void null_handles(const Stage& stage);            // destroying and freeing nothing
void fence_habits(const Stage& stage);            // resetting, polling and reusing fences
void never_signalled(const Stage& stage);         // waits that must end by their timeout
void exhaustion(const Stage& stage);              // as much memory as a heap has

// Not legal, but seen in the field: a driver must survive it.
void beyond(const Stage& stage);

// A pointer and a handle that nobody may follow.
template <typename T>
T* garbage_pointer() {
    return reinterpret_cast<T*>(std::uintptr_t{0xdeadbeef0});
}
template <typename Handle>
Handle garbage_handle() {
    return reinterpret_cast<Handle>(std::uintptr_t{0xbadc0ffee0});
}

}  // namespace vgpu::programs
