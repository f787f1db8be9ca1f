// What the backend keeps of a device and of its queues.
#pragma once

#include <memory>
#include <vector>

#include "replay/external_memory.h"
#include "replay/graveyard.h"
#include "replay/replay.h"
#include "replay/shaders.h"
#include "worker/completion.h"
#include "worker/memory_import.h"

namespace vgpu::replay {

struct DeviceState final : wire::SlotState {
    struct QueueFamily {
        std::uint32_t family;
        std::uint32_t count;
        VkDeviceQueueCreateFlags flags;
        std::vector<bool> open;  // by index: each queue has one thread here
    };
    VkDevice device = VK_NULL_HANDLE;
    VkPhysicalDevice physical_device = VK_NULL_HANDLE;
    // The driver emulates timelines: see submit_part in queue.cpp.
    bool lets_go_late = false;
    std::vector<QueueFamily> families;  // whose queues the guest may open
    std::unique_ptr<worker::MemoryImporter> importer;
    ExternalMemory external;
    std::unique_ptr<Shaders> shaders;
    std::vector<worker::CompletionQueue*> queues;  // of this device's QueueStates
    Graveyard graveyard;
};

// The completion thread ends before the device does.
struct QueueState final : wire::SlotState {
    std::uint32_t status_slot = 0;
    DeviceState* device = nullptr;
    std::unique_ptr<worker::CompletionQueue> completion;
};

// The device that the command speaks of.
DeviceState& device_of(Replay& replay);

}  // namespace vgpu::replay
