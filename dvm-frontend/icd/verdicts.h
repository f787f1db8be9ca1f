// What the host's gate says of the shaders in pipelines and shader objects.
#pragma once

#include <algorithm>

#include "icd/call.h"
#include "icd/context.h"

namespace vgpu::icd {

// Of objects whose creation was posted on this thread just before: VK_SUCCESS, or why one is
// refused. The host has forgotten the refused ones by then. False when the context is lost.
inline bool ask_for_verdicts(Context& context, VkDevice device, std::uint32_t n,
                             const wire::ObjectId* ids, VkResult* verdicts) {
    const wire::Args_vgpuJudgePipelines args{
        .device = device, .pipelineCount = n, .pIds = ids, .pResults = verdicts};
    wire::Reply_vgpuJudgePipelines reply{.pResults = verdicts, .pResults_capacity = n};
    std::fill_n(verdicts, n, VK_SUCCESS);
    return call(context, args, reply);
}

// As above, where the host refuses all or none. Hands the ids of refused ones back.
inline VkResult ask_for_verdict(Context& context, VkDevice device, std::uint32_t n,
                                const wire::ObjectId* ids, VkResult* verdicts) {
    if (!ask_for_verdicts(context, device, n, ids, verdicts)) return VK_ERROR_DEVICE_LOST;
    const VkResult* refused = std::find_if_not(
        verdicts, verdicts + n, [](VkResult verdict) { return verdict == VK_SUCCESS; });
    if (refused == verdicts + n) return VK_SUCCESS;
    for (std::uint32_t i = 0; i < n; ++i) context.recycle_id(ids[i]);
    return *refused;
}

}  // namespace vgpu::icd
