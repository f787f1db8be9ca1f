// Timestamps of the device; the host's own clocks are none of a guest's.
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

void replay_vkGetCalibratedTimestampsEXT(Replay& replay,
                                         wire::Args_vkGetCalibratedTimestampsEXT& args,
                                         wire::Reply_vkGetCalibratedTimestampsEXT& reply) {
    if (!replay.vk().vkGetCalibratedTimestampsEXT)
        return replay.unserved("vkGetCalibratedTimestampsEXT");
    for (std::uint32_t i = 0; i < args.timestampCount; ++i)
        if (args.pTimestampInfos[i].timeDomain != VK_TIME_DOMAIN_DEVICE_EXT)
            return replay.fail("The guest asks for a clock of the host's.");
    if (!args.pTimestamps || args.timestampCount == 0)
        return replay.fail("The guest asks for no timestamps.");
    reply.result = replay.vk().vkGetCalibratedTimestampsEXT(args.device, args.timestampCount,
                                                            args.pTimestampInfos, args.pTimestamps,
                                                            args.pMaxDeviation);
    reply.pTimestamps = args.pTimestamps;
    reply.pTimestamps_count = args.timestampCount;
    reply.pMaxDeviation = args.pMaxDeviation;
}

}  // namespace vgpu::replay
