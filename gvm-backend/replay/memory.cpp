// Device memory: of the driver's own, or made of guest pages.
#include "replay/memory.h"

#include "replay/device.h"
#include "replays.h"
#include "ring/layout.h"

namespace vgpu::replay {

namespace {

// A dedicated allocation is a hint that an import cannot follow, so it is left out of the chain.
void leave_out_dedicated(VkMemoryAllocateInfo& info) {
    auto* before = reinterpret_cast<VkBaseInStructure*>(&info);
    while (before->pNext) {
        if (before->pNext->sType == VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO)
            before->pNext = before->pNext->pNext;
        else
            before = const_cast<VkBaseInStructure*>(before->pNext);
    }
}

// What was freed while submissions were pending is still charged until it is buried.
bool try_charge(Replay& replay, std::uint64_t bytes) {
    if (replay.services().try_charge(bytes)) return true;
    DeviceState& device = device_of(replay);
    device.graveyard.must_wait(device.queues);
    return replay.services().try_charge(bytes);
}

VkResult import_pages(Replay& replay, const wire::Args_vgpuAllocateMemory& args,
                      VkMemoryAllocateInfo& info, MemoryState& state, VkDeviceMemory& memory) {
    const worker::GuestPages pages = replay.services().find_pages(
        args.region, args.offset, ring::whole_pages(info.allocationSize));
    if (!pages || args.offset % ring::kPageBytes != 0) {
        replay.fail("The guest's memory of " + std::to_string(info.allocationSize) +
                    " bytes is not within its region " + std::to_string(args.region) + ".");
        return VK_ERROR_UNKNOWN;
    }
    leave_out_dedicated(info);
    const VkResult result =
        device_of(replay).importer->import(pages, info.memoryTypeIndex, info.pNext, state.imported);
    if (result == VK_SUCCESS) memory = state.imported->handle();
    return result;
}

}  // namespace

void replay_vgpuAllocateMemory(Replay& replay, wire::Args_vgpuAllocateMemory& args,
                               wire::Reply_vgpuAllocateMemory& reply) {
    VkMemoryAllocateInfo info = *args.pAllocateInfo;
    const auto& types = replay.state().memory_types;
    const worker::GuestMemoryType* type = types ? types->find(info.memoryTypeIndex) : nullptr;
    if (!type || type->guest_pages != (args.region != 0))
        return replay.fail("The guest allocates memory of a type that it was not shown so.");
    info.memoryTypeIndex = type->host_index;

    auto state = std::make_unique<MemoryState>(replay.services());
    // Some drivers answer 0 bytes with success and no memory.
    const bool possible = info.allocationSize != 0 && info.allocationSize <= UINT64_MAX / 2;
    // Whole pages are what it costs at least: of small ones a driver rounds up too.
    if (!possible || !try_charge(replay, ring::whole_pages(info.allocationSize))) {
        reply.result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
        return;
    }
    state->charged = ring::whole_pages(info.allocationSize);
    VkDeviceMemory memory = VK_NULL_HANDLE;
    reply.result = type->guest_pages
                       ? import_pages(replay, args, info, *state, memory)
                       : replay.vk().vkAllocateMemory(args.device, &info, nullptr, &memory);
    if (reply.result != VK_SUCCESS || replay.failed()) return;
    if (wire::Slot* slot = replay.insert(args.pMemory, memory)) slot->state = std::move(state);
}

void replay_vkFreeMemory(Replay& replay, wire::Args_vkFreeMemory& args, wire::Reply_vkFreeMemory&) {
    if (args.memory == VK_NULL_HANDLE) return;
    const auto* state = replay.state_of<MemoryState>(args.memory_id);
    const bool imported = state && state->imported;
    replay.destroy(args.memory_id, [vk = &replay.vk(), args, imported] {
        if (!imported) vk->vkFreeMemory(args.device, args.memory, nullptr);
    });
}

}  // namespace vgpu::replay
