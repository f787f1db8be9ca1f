// One command's way through the host, for generated code: decoded, done, answered.
#pragma once

#include "flat_codec.h"
#include "replay/payload.h"
#include "replay/replay.h"

namespace vgpu::replay {

template <typename R, typename Args>
[[gnu::always_inline]] inline bool Replay::decode_with(Payload payload, Args& args) {
    R reader(payload.data(), payload.size(), memory_->arena, &state_.table);
    const bool whole = wire::decode_args(reader, args) && reader.finish();
    if (!whole) [[unlikely]]
        violation_ = reader.violation();
    scope_ = reader.scope();
    return whole;
}

template <typename Args>
[[gnu::always_inline]] inline bool Replay::decode(Payload payload, Args& args) {
    if constexpr (Args::kLayout == wire::Layout::Fixed) {
        if (wire::has_fixed_fields<Args>(payload.size())) [[likely]]
            return decode_with<wire::FixedReader>(payload, args);
    }
    return decode_with<wire::Reader>(payload, args);
}

// Inlined, so that a flat command's arguments need never lie in memory.
template <typename Args, typename Reply, void (*kFunction)(Replay&, Args&, Reply&), bool kReplies>
[[gnu::always_inline]] inline void run(Replay& replay, Payload payload) {
    Args args{};
    if (!replay.decode(payload, args)) [[unlikely]]
        return;
    Reply reply{};
    kFunction(replay, args, reply);
    if constexpr (kReplies) replay.answer(Args::kCommand, &reply);
}

}  // namespace vgpu::replay
