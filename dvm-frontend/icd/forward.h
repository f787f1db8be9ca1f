// Sends commands across: post() forgets, call() waits, record() goes into a command buffer.
#pragma once

#include <cstdint>
#include <cstring>

#include "commands.h"
#include "flat_codec.h"
#include "icd/command_buffer.h"
#include "icd/object.h"
#include "icd/post.h"
#include "icd/straight_post.h"

namespace vgpu::icd {

// Args is one of the generated Args_<command> structures.
template <typename Args>
void post(Context& context, const Args& args) {
    Post record(context, static_cast<std::uint16_t>(Args::kCommand), Place::Ordered);
    wire::encode_args(record.writer(), args);
}

// Fills `reply`, whose pointers and capacities say where to. False when the context is lost; the
// reply is then as it was.
bool call(Context& context, wire::Command command, const void* args, void* reply);
template <typename Args, typename Reply>
bool call(Context& context, const Args& args, Reply& reply) {
    return call(context, Args::kCommand, static_cast<const void*>(&args),
                static_cast<void*>(&reply));
}

// What a question's answer is when there is none: zeros, but for what the application put there
// itself. Structures further down its chain stay as they are.
template <typename Answer>
void clear_answer(Answer& answer) {
    if constexpr (requires { answer.pNext; }) {
        const auto type = answer.sType;
        const auto next = answer.pNext;
        answer = {};
        answer.sType = type;
        answer.pNext = next;
    } else {
        answer = {};
    }
}

// Any recorded command, at a channel without the room that is known of, or that is shared. By
// value, so that record() need not lay its arguments out in memory.
template <typename Args>
[[gnu::noinline]] void record_slowly(Channel& channel, Args args) {
    Post post(channel, static_cast<std::uint16_t>(Args::kCommand), Place::Recorded);
    wire::encode_args(post.writer(), args);
}

// The hot path of every frame. A flat command's size is known before it is written: so one look at
// the room, and then stores.
template <typename Args>
[[gnu::always_inline]] inline void record(VkCommandBuffer command_buffer, const Args& args) {
    Channel& channel = object_of<CommandBuffer>(command_buffer).recording_channel();
    if constexpr (wire::is_flat(Args::kLayout)) {
        StraightPost post(channel, wire::args_bytes(args));
        if (post.has_room()) [[likely]] {
            wire::encode_straight(post.payload(), args);
            post.send(static_cast<std::uint16_t>(Args::kCommand));
            return;
        }
    }
    record_slowly(channel, args);
}

}  // namespace vgpu::icd
