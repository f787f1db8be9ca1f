// What the backend keeps of a device memory object.
#pragma once

#include <memory>

#include "replay/replay.h"
#include "worker/memory_import.h"

namespace vgpu::replay {

struct MemoryState final : wire::SlotState {
    explicit MemoryState(worker::WorkerServices& worker) : services(worker) {}
    ~MemoryState() override { services.release(charged); }

    worker::WorkerServices& services;
    std::uint64_t charged = 0;  // bytes
    // Set when guest pages are behind it; frees the driver's memory too.
    std::unique_ptr<worker::ImportedMemory> imported;
};

}  // namespace vgpu::replay
