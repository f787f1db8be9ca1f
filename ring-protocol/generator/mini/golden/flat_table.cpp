// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// The straight code of each flat command; only tests are built with it.
#include "flat_codec.h"
#include "flat_table.h"

namespace vgpu::wire {

namespace {

template <typename Args>
constexpr FlatCode flat_code() {
    return {static_cast<std::uint16_t>(Args::kCommand),
            [](Writer& w, const void* a) { encode_args(w, *static_cast<const Args*>(a)); },
            [](Reader& r, void* a) { return decode_args(r, *static_cast<Args*>(a)); }};
}

constexpr FlatCode kTable[] = {
    flat_code<Args_vkDestroyLamp>(),
    flat_code<Args_vkFreeCues>(),
    flat_code<Args_vkCmdSetDimmer>(),
    flat_code<Args_vkCmdSetColour>(),
    flat_code<Args_vkCmdLightLamps>(),
    flat_code<Args_vkCmdProgramLamp>(),
};

}  // namespace

const std::span<const FlatCode> kFlatCodes{kTable};

}  // namespace vgpu::wire
