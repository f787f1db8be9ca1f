// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// The straight code of each command that has some; only tests are built with it.
#include "flat_table.h"

#include "flat_codec.h"

namespace vgpu::wire {

namespace {

constexpr FlatCode kTable[] = {
    flat_code<Args_vkDestroyLamp>(),
    flat_code<Args_vkFreeCues>(),
    flat_code<Args_vkCmdSetDimmer>(),
    flat_code<Args_vkCmdSetColour>(),
    flat_code<Args_vkCmdLightLamps>(),
    flat_code<Args_vkCmdMixGels>(),
    flat_code<Args_vkCmdProgramLamp>(),
};

}  // namespace

const std::span<const FlatCode> kFlatCodes{kTable};

}  // namespace vgpu::wire
