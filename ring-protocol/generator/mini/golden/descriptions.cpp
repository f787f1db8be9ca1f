// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Structures and commands as data.
#include "commands.h"
#include "wire/description.h"
#include "wire/predicates.h"

namespace vgpu::wire {

namespace {

constexpr EnumRange kEnum_VkLampMode[] = {{0, 2}, {1000001000, 1000001000}};
constexpr EnumRange kEnum_VkFogKind[] = {{1, 2}};
constexpr Field kFields_VkCueAllocateInfo[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(VkCueAllocateInfo, pNext)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkCueAllocateInfo, cueCount), .size = sizeof(uint32_t)},
};
constexpr Field kFields_VkFog[] = {
    {.element = Element::Enum, .shape = Shape::Value, .offset = offsetof(VkFog, kind), .size = 4, .aux = 1},
    {.element = Element::Union, .shape = Shape::Value, .offset = offsetof(VkFog, data), .size = sizeof(VkFogData), .aux = 0, .selector_offset = offsetof(VkFog, kind)},
};
constexpr Field kFields_VkGel[] = {
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkGel, number), .size = sizeof(uint32_t)},
    {.element = Element::Enum, .shape = Shape::Value, .lenient = true, .offset = offsetof(VkGel, mode), .size = 4, .aux = 0},
};
constexpr Field kFields_VkLampCreateInfo[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(VkLampCreateInfo, pNext)},
    {.element = Element::Flags, .shape = Shape::Value, .nullable = true, .offset = offsetof(VkLampCreateInfo, flags), .size = sizeof(VkLampFlags), .mask = 0x5u},
    {.element = Element::String, .shape = Shape::Pointer, .nullable = true, .offset = offsetof(VkLampCreateInfo, pName), .size = 1},
    {.element = Element::String, .shape = Shape::Array, .offset = offsetof(VkLampCreateInfo, ppLabels), .size = 8, .count_offset = offsetof(VkLampCreateInfo, labelCount), .count_size = sizeof(VkLampCreateInfo::labelCount)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkLampCreateInfo, labelCount), .size = sizeof(uint32_t)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkLampCreateInfo, gelCount), .size = sizeof(uint32_t)},
    {.element = Element::Struct, .shape = Shape::Array, .offset = offsetof(VkLampCreateInfo, pGels), .size = sizeof(VkGel), .aux = 2, .count_offset = offsetof(VkLampCreateInfo, gelCount), .count_size = sizeof(VkLampCreateInfo::gelCount)},
};
constexpr std::uint16_t kExtenders_VkLampCreateInfo[] = {7};
constexpr Field kFields_VkLampHeatPropertiesEXT[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(VkLampHeatPropertiesEXT, pNext)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkLampHeatPropertiesEXT, kelvin), .size = sizeof(float)},
};
constexpr Field kFields_VkLampModeProperties[] = {
    {.element = Element::Enum, .shape = Shape::Value, .offset = offsetof(VkLampModeProperties, mode), .size = 4, .aux = 0},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkLampModeProperties, watts), .size = sizeof(uint32_t)},
};
constexpr Field kFields_VkLampProperties[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(VkLampProperties, pNext)},
    {.element = Element::Bytes, .shape = Shape::Fixed, .offset = offsetof(VkLampProperties, maker), .size = sizeof(char), .length = VK_MAX_MAKER_NAME_SIZE},
};
constexpr std::uint16_t kExtenders_VkLampProperties[] = {4};
constexpr Field kFields_VkLampStrobeInfoEXT[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(VkLampStrobeInfoEXT, pNext)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkLampStrobeInfoEXT, hertz), .size = sizeof(float)},
};
constexpr Field kFields_VkSceneCreateInfo[] = {
    {.element = Element::Struct, .shape = Shape::Chain, .offset = offsetof(VkSceneCreateInfo, pNext)},
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(VkSceneCreateInfo, keyLight), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Lamp)},
};
constexpr Field kFields_VkSmoke[] = {
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(VkSmoke, density), .size = sizeof(float)},
};
constexpr Alternative kAlternatives_VkFogData[] = {
    {1, {.element = Element::Struct, .shape = Shape::Value, .offset = offsetof(VkFogData, smoke), .size = sizeof(VkSmoke), .aux = 9}},
    {2, {.element = Element::Struct, .shape = Shape::Pointer, .offset = offsetof(VkFogData, pMist), .size = sizeof(VkGel), .aux = 2}},
};
constexpr Field kFields_Args_vkCreateLamp[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCreateLamp, device), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Device), .id_offset = offsetof(Args_vkCreateLamp, device_id)},
    {.element = Element::Struct, .shape = Shape::Pointer, .offset = offsetof(Args_vkCreateLamp, pCreateInfo), .size = sizeof(VkLampCreateInfo), .aux = 3},
    {.element = Element::NewHandle, .shape = Shape::Value, .offset = offsetof(Args_vkCreateLamp, pLamp), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Lamp)},
};
constexpr Field kFields_Args_vkDestroyLamp[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkDestroyLamp, device), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Device), .id_offset = offsetof(Args_vkDestroyLamp, device_id)},
    {.element = Element::Handle, .shape = Shape::Value, .nullable = true, .offset = offsetof(Args_vkDestroyLamp, lamp), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Lamp), .id_offset = offsetof(Args_vkDestroyLamp, lamp_id)},
};
constexpr Field kFields_Args_vkCreateScenes[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCreateScenes, device), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Device), .id_offset = offsetof(Args_vkCreateScenes, device_id)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Args_vkCreateScenes, createInfoCount), .size = sizeof(uint32_t)},
    {.element = Element::Struct, .shape = Shape::Array, .offset = offsetof(Args_vkCreateScenes, pCreateInfos), .size = sizeof(VkSceneCreateInfo), .aux = 8, .count_offset = offsetof(Args_vkCreateScenes, createInfoCount), .count_size = sizeof(Args_vkCreateScenes::createInfoCount)},
    {.element = Element::NewHandle, .shape = Shape::Array, .offset = offsetof(Args_vkCreateScenes, pScenes), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Scene), .count_offset = offsetof(Args_vkCreateScenes, createInfoCount), .count_size = sizeof(Args_vkCreateScenes::createInfoCount)},
};
constexpr Field kFields_Args_vkFreeCues[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkFreeCues, device), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Device), .id_offset = offsetof(Args_vkFreeCues, device_id)},
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkFreeCues, cueList), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CueList), .id_offset = offsetof(Args_vkFreeCues, cueList_id)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Args_vkFreeCues, cueCount), .size = sizeof(uint32_t)},
    {.element = Element::Handle, .shape = Shape::Array, .null_elements = true, .offset = offsetof(Args_vkFreeCues, pCues), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Cue), .count_offset = offsetof(Args_vkFreeCues, cueCount), .count_size = sizeof(Args_vkFreeCues::cueCount), .id_offset = offsetof(Args_vkFreeCues, pCues_ids)},
};
constexpr Field kFields_Args_vkGetLampModes[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkGetLampModes, device), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Device), .id_offset = offsetof(Args_vkGetLampModes, device_id)},
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkGetLampModes, lamp), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Lamp), .id_offset = offsetof(Args_vkGetLampModes, lamp_id)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Args_vkGetLampModes, pModeCount), .size = sizeof(uint32_t)},
    {.element = Element::Struct, .shape = Shape::OutArray, .nullable = true, .offset = offsetof(Args_vkGetLampModes, pModes), .size = sizeof(VkLampModeProperties), .aux = 5, .count_offset = offsetof(Args_vkGetLampModes, pModeCount), .count_size = sizeof(Args_vkGetLampModes::pModeCount)},
};
constexpr Field kFields_Reply_vkGetLampModes[] = {
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Reply_vkGetLampModes, result), .size = sizeof(VkResult)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Reply_vkGetLampModes, pModeCount), .size = sizeof(uint32_t)},
    {.element = Element::Struct, .shape = Shape::Array, .nullable = true, .offset = offsetof(Reply_vkGetLampModes, pModes), .size = sizeof(VkLampModeProperties), .aux = 5, .count_offset = offsetof(Reply_vkGetLampModes, pModes_count), .count_size = sizeof(Reply_vkGetLampModes::pModes_count), .id_offset = offsetof(Reply_vkGetLampModes, pModes_capacity)},
};
constexpr Field kFields_Args_vkGetLampProperties[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkGetLampProperties, device), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Device), .id_offset = offsetof(Args_vkGetLampProperties, device_id)},
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkGetLampProperties, lamp), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Lamp), .id_offset = offsetof(Args_vkGetLampProperties, lamp_id)},
    {.element = Element::Struct, .shape = Shape::OutPointer, .offset = offsetof(Args_vkGetLampProperties, pProperties), .size = sizeof(VkLampProperties), .aux = 6},
};
constexpr Field kFields_Reply_vkGetLampProperties[] = {
    {.element = Element::Struct, .shape = Shape::Pointer, .nullable = true, .offset = offsetof(Reply_vkGetLampProperties, pProperties), .size = sizeof(VkLampProperties), .aux = 6},
};
constexpr Field kFields_Args_vkCmdSetDimmer[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCmdSetDimmer, commandBuffer), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CommandBuffer), .id_offset = offsetof(Args_vkCmdSetDimmer, commandBuffer_id)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Args_vkCmdSetDimmer, level), .size = sizeof(float)},
};
constexpr Field kFields_Args_vkCmdSetColour[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCmdSetColour, commandBuffer), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CommandBuffer), .id_offset = offsetof(Args_vkCmdSetColour, commandBuffer_id)},
    {.element = Element::Bytes, .shape = Shape::Fixed, .offset = offsetof(Args_vkCmdSetColour, colour), .size = sizeof(float), .length = 4},
};
constexpr Field kFields_Args_vkCmdLightLamps[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCmdLightLamps, commandBuffer), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CommandBuffer), .id_offset = offsetof(Args_vkCmdLightLamps, commandBuffer_id)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Args_vkCmdLightLamps, lampCount), .size = sizeof(uint32_t)},
    {.element = Element::Handle, .shape = Shape::Array, .null_elements = true, .offset = offsetof(Args_vkCmdLightLamps, pLamps), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Lamp), .count_offset = offsetof(Args_vkCmdLightLamps, lampCount), .count_size = sizeof(Args_vkCmdLightLamps::lampCount), .id_offset = offsetof(Args_vkCmdLightLamps, pLamps_ids)},
    {.element = Element::Enum, .shape = Shape::Value, .offset = offsetof(Args_vkCmdLightLamps, mode), .size = 4, .aux = 0},
    {.element = Element::Flags, .shape = Shape::Value, .nullable = true, .offset = offsetof(Args_vkCmdLightLamps, flags), .size = sizeof(VkLampFlags), .mask = 0x5u},
    {.element = Element::Bool, .shape = Shape::Value, .offset = offsetof(Args_vkCmdLightLamps, fade), .size = 4},
};
constexpr Field kFields_Args_vkCmdMakeFogEXT[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCmdMakeFogEXT, commandBuffer), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CommandBuffer), .id_offset = offsetof(Args_vkCmdMakeFogEXT, commandBuffer_id)},
    {.element = Element::Struct, .shape = Shape::Pointer, .offset = offsetof(Args_vkCmdMakeFogEXT, pFog), .size = sizeof(VkFog), .aux = 1},
};
constexpr Field kFields_Args_vkCmdMixGels[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCmdMixGels, commandBuffer), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CommandBuffer), .id_offset = offsetof(Args_vkCmdMixGels, commandBuffer_id)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Args_vkCmdMixGels, gelCount), .size = sizeof(uint32_t)},
    {.element = Element::Struct, .shape = Shape::Array, .offset = offsetof(Args_vkCmdMixGels, pGels), .size = sizeof(VkGel), .aux = 2, .count_offset = offsetof(Args_vkCmdMixGels, gelCount), .count_size = sizeof(Args_vkCmdMixGels::gelCount)},
    {.element = Element::Struct, .shape = Shape::Pointer, .offset = offsetof(Args_vkCmdMixGels, pScene), .size = sizeof(VkSceneCreateInfo), .aux = 8},
};
constexpr Field kFields_Args_vkCmdProgramLamp[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCmdProgramLamp, commandBuffer), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CommandBuffer), .id_offset = offsetof(Args_vkCmdProgramLamp, commandBuffer_id)},
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vkCmdProgramLamp, lamp), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Lamp), .id_offset = offsetof(Args_vkCmdProgramLamp, lamp_id)},
    {.element = Element::Bytes, .shape = Shape::Value, .offset = offsetof(Args_vkCmdProgramLamp, dataSize), .size = sizeof(size_t)},
    {.element = Element::Bytes, .shape = Shape::Array, .offset = offsetof(Args_vkCmdProgramLamp, pData), .size = 1, .count_offset = offsetof(Args_vkCmdProgramLamp, dataSize), .count_size = sizeof(Args_vkCmdProgramLamp::dataSize)},
};
constexpr Field kFields_Args_vgpuAllocateCues[] = {
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vgpuAllocateCues, device), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Device), .id_offset = offsetof(Args_vgpuAllocateCues, device_id)},
    {.element = Element::Handle, .shape = Shape::Value, .offset = offsetof(Args_vgpuAllocateCues, cueList), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::CueList), .id_offset = offsetof(Args_vgpuAllocateCues, cueList_id)},
    {.element = Element::Struct, .shape = Shape::Pointer, .offset = offsetof(Args_vgpuAllocateCues, pAllocateInfo), .size = sizeof(VkCueAllocateInfo), .aux = 0},
    {.element = Element::NewHandle, .shape = Shape::Array, .offset = offsetof(Args_vgpuAllocateCues, pCues), .size = 8, .aux = static_cast<std::uint16_t>(ObjectType::Cue), .count_offset = offsetof(VkCueAllocateInfo, cueCount), .count_size = sizeof(VkCueAllocateInfo::cueCount), .count_via = offsetof(Args_vgpuAllocateCues, pAllocateInfo)},
};
constexpr EnumInfo kEnumTable[] = {
    {"VkLampMode", kEnum_VkLampMode},
    {"VkFogKind", kEnum_VkFogKind},
};

constexpr UnionInfo kUnionTable[] = {
    {"VkFogData", kAlternatives_VkFogData},
};

constexpr StructInfo kStructTable[] = {
    {"VkCueAllocateInfo", VK_STRUCTURE_TYPE_CUE_ALLOCATE_INFO, sizeof(VkCueAllocateInfo), kFields_VkCueAllocateInfo, {}, 4 + sizeof(uint32_t), 0},
    {"VkFog", kNoStype, sizeof(VkFog), kFields_VkFog, {}, 4 + 0, 0},
    {"VkGel", kNoStype, sizeof(VkGel), kFields_VkGel, {}, sizeof(uint32_t) + 4, 0},
    {"VkLampCreateInfo", VK_STRUCTURE_TYPE_LAMP_CREATE_INFO, sizeof(VkLampCreateInfo), kFields_VkLampCreateInfo, kExtenders_VkLampCreateInfo, 4 + sizeof(VkLampFlags) + 4 + 4 + sizeof(uint32_t) + sizeof(uint32_t) + 4, 0},
    {"VkLampHeatPropertiesEXT", VK_STRUCTURE_TYPE_LAMP_HEAT_PROPERTIES_EXT, sizeof(VkLampHeatPropertiesEXT), kFields_VkLampHeatPropertiesEXT, {}, 4 + sizeof(float), 0},
    {"VkLampModeProperties", kNoStype, sizeof(VkLampModeProperties), kFields_VkLampModeProperties, {}, 4 + sizeof(uint32_t), 0},
    {"VkLampProperties", VK_STRUCTURE_TYPE_LAMP_PROPERTIES, sizeof(VkLampProperties), kFields_VkLampProperties, kExtenders_VkLampProperties, 4 + (VK_MAX_MAKER_NAME_SIZE) * sizeof(char), 1},
    {"VkLampStrobeInfoEXT", VK_STRUCTURE_TYPE_LAMP_STROBE_INFO_EXT, sizeof(VkLampStrobeInfoEXT), kFields_VkLampStrobeInfoEXT, {}, 4 + sizeof(float), 0},
    {"VkSceneCreateInfo", VK_STRUCTURE_TYPE_SCENE_CREATE_INFO, sizeof(VkSceneCreateInfo), kFields_VkSceneCreateInfo, {}, 4 + 8, 0},
    {"VkSmoke", kNoStype, sizeof(VkSmoke), kFields_VkSmoke, {}, sizeof(float), 0},
};

constexpr std::uint32_t kLinkTable[] = {
    0x74eeff17u, 0xbebe002cu,
};

constexpr CommandInfo kCommandTable[] = {
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
    {"vkCreateLamp", 16, Place::Ordered, false, 0x1d437b02u,
     {"Args_vkCreateLamp", kNoStype, sizeof(Args_vkCreateLamp), kFields_Args_vkCreateLamp, {}, 8 + 4 + 8, 0},
     {"Reply_vkCreateLamp", kNoStype, sizeof(Reply_vkCreateLamp), {}, {}, 0, 0}},
    {"vkDestroyLamp", 17, Place::Ordered, false, 0x40939311u,
     {"Args_vkDestroyLamp", kNoStype, sizeof(Args_vkDestroyLamp), kFields_Args_vkDestroyLamp, {}, 8 + 8, 0},
     {"Reply_vkDestroyLamp", kNoStype, sizeof(Reply_vkDestroyLamp), {}, {}, 0, 0}},
    {"vkCreateScenes", 18, Place::Ordered, false, 0xba4701b8u,
     {"Args_vkCreateScenes", kNoStype, sizeof(Args_vkCreateScenes), kFields_Args_vkCreateScenes, {}, 8 + sizeof(uint32_t) + 4 + 4, 0},
     {"Reply_vkCreateScenes", kNoStype, sizeof(Reply_vkCreateScenes), {}, {}, 0, 0}},
    {"vkFreeCues", 19, Place::Ordered, false, 0xad3130c2u,
     {"Args_vkFreeCues", kNoStype, sizeof(Args_vkFreeCues), kFields_Args_vkFreeCues, {}, 8 + 8 + sizeof(uint32_t) + 4, 0},
     {"Reply_vkFreeCues", kNoStype, sizeof(Reply_vkFreeCues), {}, {}, 0, 0}},
    {"vkGetLampModes", 20, Place::Ordered, true, 0xec2ded93u,
     {"Args_vkGetLampModes", kNoStype, sizeof(Args_vkGetLampModes), kFields_Args_vkGetLampModes, {}, 8 + 8 + sizeof(uint32_t) + 4, 0},
     {"Reply_vkGetLampModes", kNoStype, sizeof(Reply_vkGetLampModes), kFields_Reply_vkGetLampModes, {}, sizeof(VkResult) + sizeof(uint32_t) + 4, 0}},
    {"vkGetLampProperties", 21, Place::Ordered, true, 0x975093adu,
     {"Args_vkGetLampProperties", kNoStype, sizeof(Args_vkGetLampProperties), kFields_Args_vkGetLampProperties, {}, 8 + 8 + 4, 0},
     {"Reply_vkGetLampProperties", kNoStype, sizeof(Reply_vkGetLampProperties), kFields_Reply_vkGetLampProperties, {}, 4, 0}},
    {"vkCmdSetDimmer", 22, Place::Recorded, false, 0x05006f5au,
     {"Args_vkCmdSetDimmer", kNoStype, sizeof(Args_vkCmdSetDimmer), kFields_Args_vkCmdSetDimmer, {}, 8 + sizeof(float), 0},
     {"Reply_vkCmdSetDimmer", kNoStype, sizeof(Reply_vkCmdSetDimmer), {}, {}, 0, 0}},
    {"vkCmdSetColour", 23, Place::Recorded, false, 0x659eade1u,
     {"Args_vkCmdSetColour", kNoStype, sizeof(Args_vkCmdSetColour), kFields_Args_vkCmdSetColour, {}, 8 + (4) * sizeof(float), 0},
     {"Reply_vkCmdSetColour", kNoStype, sizeof(Reply_vkCmdSetColour), {}, {}, 0, 0}},
    {"vkCmdLightLamps", 24, Place::Recorded, false, 0x7bf4d0f8u,
     {"Args_vkCmdLightLamps", kNoStype, sizeof(Args_vkCmdLightLamps), kFields_Args_vkCmdLightLamps, {}, 8 + sizeof(uint32_t) + 4 + 4 + sizeof(VkLampFlags) + 4, 0},
     {"Reply_vkCmdLightLamps", kNoStype, sizeof(Reply_vkCmdLightLamps), {}, {}, 0, 0}},
    {"vkCmdProgramLamp", 25, Place::Recorded, false, 0xbdbc16b8u,
     {"Args_vkCmdProgramLamp", kNoStype, sizeof(Args_vkCmdProgramLamp), kFields_Args_vkCmdProgramLamp, {}, 8 + 8 + sizeof(size_t) + 4, 0},
     {"Reply_vkCmdProgramLamp", kNoStype, sizeof(Reply_vkCmdProgramLamp), {}, {}, 0, 0}},
    {"vgpuAllocateCues", 26, Place::Ordered, false, 0xfbcbcc6eu,
     {"Args_vgpuAllocateCues", kNoStype, sizeof(Args_vgpuAllocateCues), kFields_Args_vgpuAllocateCues, {}, 8 + 8 + 4 + 4, 0},
     {"Reply_vgpuAllocateCues", kNoStype, sizeof(Reply_vgpuAllocateCues), {}, {}, 0, 0}},
    {"vkCmdMakeFogEXT", 27, Place::Recorded, false, 0xe7304d52u,
     {"Args_vkCmdMakeFogEXT", kNoStype, sizeof(Args_vkCmdMakeFogEXT), kFields_Args_vkCmdMakeFogEXT, {}, 8 + 4, 0},
     {"Reply_vkCmdMakeFogEXT", kNoStype, sizeof(Reply_vkCmdMakeFogEXT), {}, {}, 0, 0}},
    {"vkCmdMixGels", 28, Place::Recorded, false, 0x11845fddu,
     {"Args_vkCmdMixGels", kNoStype, sizeof(Args_vkCmdMixGels), kFields_Args_vkCmdMixGels, {}, 8 + sizeof(uint32_t) + 4 + 4, 0},
     {"Reply_vkCmdMixGels", kNoStype, sizeof(Reply_vkCmdMixGels), {}, {}, 0, 0}},
};

}  // namespace

const std::span<const StructInfo> kStructs{kStructTable};
const std::span<const EnumInfo> kEnums{kEnumTable};
const std::span<const std::uint32_t> kLinkHashes{kLinkTable};
const std::span<const UnionInfo> kUnions{kUnionTable};
const std::span<const CommandInfo> kCommands{kCommandTable};

}  // namespace vgpu::wire
