// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// What the host serves, by command number.
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

constexpr Served kTable[] = {
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {run_vkCreateLamp, false, false},
    {run_vkDestroyLamp, false, false},
    {run_vkCreateScenes, false, false},
    {run_vkFreeCues, false, false},
    {run_vkGetLampModes, false, true},
    {run_vkGetLampProperties, false, true},
    {run_vkCmdSetDimmer, true, false},
    {run_vkCmdSetColour, true, false},
    {run_vkCmdLightLamps, true, false},
    {run_vkCmdProgramLamp, true, false},
    {run_vgpuAllocateCues, false, false},
    {run_vkCmdMakeFogEXT, true, false},
    {run_vkCmdMixGels, true, false},
};

}  // namespace

const std::span<const Served> kServed{kTable};

}  // namespace vgpu::replay
