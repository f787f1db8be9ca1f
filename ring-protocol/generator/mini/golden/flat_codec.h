// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Straight code for commands; tests hold it against the codec.
#pragma once

#include "commands.h"
#include "wire/flat_pieces.h"
#include "wire/predicates.h"
#include "wire/struct_pieces.h"

namespace vgpu::wire {

template <int kDepth, typename W>
[[gnu::always_inline]] inline void encode_struct(W& w, const VkGel& s) {
    put_value<true>(w, s.number);
    put_value<false>(w, s.mode);
}
template <int kDepth, typename R>
[[gnu::always_inline]] inline void decode_struct(R& r, VkGel& s) {
    get_value(r, s.number);
    get_enum<true, EnumRange{0, 2}, EnumRange{1000001000, 1000001000}>(r, s.mode);
}
template <int kDepth, typename W>
[[gnu::always_inline]] inline void encode_struct(W& w, const VkSceneCreateInfo& s) {
    put_chain<kDepth>(w, kStructs[8], s.pNext);
    put_handle<false>(w, s.keyLight);
}
template <int kDepth, typename R>
[[gnu::always_inline]] inline void decode_struct(R& r, VkSceneCreateInfo& s) {
    s.sType = VK_STRUCTURE_TYPE_SCENE_CREATE_INFO;
    get_chain<kDepth>(r, kStructs[8], s);
    get_handle<ObjectType::Lamp, false>(r, s.keyLight);
}
template <typename W>
[[gnu::always_inline]] inline void encode_args(W& w, const Args_vkDestroyLamp& a) {
    put_handle<true>(w, a.device);
    put_handle<false>(w, a.lamp);
}
template <typename R>
[[gnu::always_inline]] inline bool decode_args(R& r, Args_vkDestroyLamp& a) {
    get_handle<ObjectType::Device, false>(r, a.device, a.device_id);
    get_handle<ObjectType::Lamp, true>(r, a.lamp, a.lamp_id);
    return r.ok();
}
template <typename W>
[[gnu::always_inline]] inline void encode_args(W& w, const Args_vkFreeCues& a) {
    put_handle<true>(w, a.device);
    put_handle<true>(w, a.cueList);
    put_value<true>(w, a.cueCount);
    put_handles<false>(w, a.pCues, a.cueCount);
}
template <typename R>
[[gnu::always_inline]] inline bool decode_args(R& r, Args_vkFreeCues& a) {
    get_handle<ObjectType::Device, false>(r, a.device, a.device_id);
    get_handle<ObjectType::CueList, false>(r, a.cueList, a.cueList_id);
    get_value(r, a.cueCount);
    get_handles<ObjectType::Cue, false, true>(r, a.pCues, a.pCues_ids, a.cueCount);
    return r.ok();
}
template <typename W>
[[gnu::always_inline]] inline void encode_args(W& w, const Args_vkCmdSetDimmer& a) {
    put_handle<true>(w, a.commandBuffer);
    put_value<true>(w, a.level);
}
template <typename R>
[[gnu::always_inline]] inline bool decode_args(R& r, Args_vkCmdSetDimmer& a) {
    get_handle<ObjectType::CommandBuffer, false>(r, a.commandBuffer, a.commandBuffer_id);
    get_value(r, a.level);
    return r.ok();
}
template <typename W>
[[gnu::always_inline]] inline void encode_args(W& w, const Args_vkCmdSetColour& a) {
    put_handle<true>(w, a.commandBuffer);
    put_value<true>(w, a.colour);
}
template <typename R>
[[gnu::always_inline]] inline bool decode_args(R& r, Args_vkCmdSetColour& a) {
    get_handle<ObjectType::CommandBuffer, false>(r, a.commandBuffer, a.commandBuffer_id);
    get_value(r, a.colour);
    return r.ok();
}
template <typename W>
[[gnu::always_inline]] inline void encode_args(W& w, const Args_vkCmdLightLamps& a) {
    put_handle<true>(w, a.commandBuffer);
    put_value<true>(w, a.lampCount);
    put_handles<false>(w, a.pLamps, a.lampCount);
    put_value<false>(w, a.mode);
    put_value<false>(w, a.flags);
    put_value<false>(w, a.fade);
}
template <typename R>
[[gnu::always_inline]] inline bool decode_args(R& r, Args_vkCmdLightLamps& a) {
    get_handle<ObjectType::CommandBuffer, false>(r, a.commandBuffer, a.commandBuffer_id);
    get_value(r, a.lampCount);
    get_handles<ObjectType::Lamp, false, true>(r, a.pLamps, a.pLamps_ids, a.lampCount);
    get_enum<false, EnumRange{0, 2}, EnumRange{1000001000, 1000001000}>(r, a.mode);
    get_flags<0x5>(r, a.flags);
    get_bool(r, a.fade);
    return r.ok();
}
template <typename W>
[[gnu::always_inline]] inline void encode_args(W& w, const Args_vkCmdMixGels& a) {
    put_handle<true>(w, a.commandBuffer);
    put_value<true>(w, a.gelCount);
    put_structs<1>(w, a.pGels, a.gelCount);
    put_structs<1>(w, a.pScene, 1);
}
template <typename R>
[[gnu::always_inline]] inline bool decode_args(R& r, Args_vkCmdMixGels& a) {
    get_handle<ObjectType::CommandBuffer, false>(r, a.commandBuffer, a.commandBuffer_id);
    get_value(r, a.gelCount);
    get_structs<1>(r, a.pGels, a.gelCount, kStructs[2].wire_min, false);
    get_structs<1>(r, a.pScene, 1, kStructs[8].wire_min, false);
    return r.ok();
}
template <typename W>
[[gnu::always_inline]] inline void encode_args(W& w, const Args_vkCmdProgramLamp& a) {
    put_handle<true>(w, a.commandBuffer);
    put_handle<false>(w, a.lamp);
    put_value<true>(w, a.dataSize);
    put_array(w, a.pData, a.dataSize, 1);
}
template <typename R>
[[gnu::always_inline]] inline bool decode_args(R& r, Args_vkCmdProgramLamp& a) {
    get_handle<ObjectType::CommandBuffer, false>(r, a.commandBuffer, a.commandBuffer_id);
    get_handle<ObjectType::Lamp, false>(r, a.lamp, a.lamp_id);
    get_value(r, a.dataSize);
    get_array(r, a.pData, a.dataSize, 1, false);
    return r.ok();
}
}  // namespace vgpu::wire
