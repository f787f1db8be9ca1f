// The one way in which the guest waits for an answer.
#include "icd/forward.h"

#include "icd/call.h"
#include "wire/codec.h"

namespace vgpu::icd {

bool call(Context& context, wire::Command command, const void* args, void* reply) {
    const wire::CommandInfo& info = wire::kCommands[static_cast<std::uint16_t>(command)];
    Call call(context, info.number);
    wire::encode(call.writer(), info.args, args);
    wire::Reader* reader = call.wait();
    if (!reader) return false;
    if (!wire::decode_into(*reader, info.reply, reply)) {
        context.mark_lost("The host's reply to a command makes no sense.");
        return false;
    }
    return true;
}

}  // namespace vgpu::icd
