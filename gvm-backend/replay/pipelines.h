// How pipelines and shaders are made: other channels go on while the driver compiles.
#pragma once

#include "replay/replay.h"

namespace vgpu::replay {

// Enters the objects as pending, lets later commands run, compiles, and settles. Who names a
// pending object waits for it; who ends something that a compilation may use waits too.
// compile(made) makes all of them and may note what it likes of them before they are settled.
template <typename Handle, typename Args, typename Compile>
void create_beside(Replay& replay, const Args& args, const wire::ObjectId* ids, const char* command,
                   const Compile& compile) {
    const std::uint32_t n = args.createInfoCount;
    auto* made = replay.scratch<Handle>(n);
    auto** slots = replay.scratch<wire::Slot*>(n);
    if (!made || !slots) return;
    for (std::uint32_t i = 0; i < n; ++i)
        if (!(slots[i] = replay.insert_pending<Handle>(ids[i]))) return;
    replay.state().compiles.begin();
    replay.leave_turn();
    replay.services().completion_watch().hand_over();  // this takes long
    const VkResult result = compile(made);
    // First the reason, so that those who waited in vain do not tell another.
    replay.expect(result, command);
    for (std::uint32_t i = 0; i < n; ++i)
        slots[i]->settle(made[i] ? reinterpret_cast<std::uint64_t>(made[i]) : wire::Slot::kFailed);
    replay.state().compiles.end();
}

}  // namespace vgpu::replay
