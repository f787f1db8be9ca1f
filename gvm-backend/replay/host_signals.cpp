// Signals between the guest's processor and work that is submitted already: what either wrote
// before is there when the other goes on (Vulkan specification, "Host Write Ordering Guarantees"
// knows submits alone; semaphores and events order what comes later). Only mirrored memory needs a
// hand.
#include "replay/device.h"
#include "replays.h"

namespace vgpu::replay {

void replay_vkSignalSemaphore(Replay& replay, wire::Args_vkSignalSemaphore& args,
                              wire::Reply_vkSignalSemaphore&) {
    if (!replay.vk().vkSignalSemaphore) return replay.unserved("vkSignalSemaphore");
    device_of(replay).importer->guest_to_driver();
    replay.expect(replay.vk().vkSignalSemaphore(args.device, args.pSignalInfo),
                  "vkSignalSemaphore");
}

void replay_vkSetEvent(Replay& replay, wire::Args_vkSetEvent& args, wire::Reply_vkSetEvent&) {
    device_of(replay).importer->guest_to_driver();
    replay.expect(replay.vk().vkSetEvent(args.device, args.event), "vkSetEvent");
}

void replay_vkGetEventStatus(Replay& replay, wire::Args_vkGetEventStatus& args,
                             wire::Reply_vkGetEventStatus& reply) {
    reply.result = replay.vk().vkGetEventStatus(args.device, args.event);
    if (reply.result == VK_EVENT_SET) device_of(replay).importer->driver_to_guest();
}

}  // namespace vgpu::replay
