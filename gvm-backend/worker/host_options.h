// What the supervisor decided for one context: which GPU, how memory is imported, which limits.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace vgpu::worker {

// How guest pages become the driver's memory.
enum class ImportWay : std::uint8_t {
    Copy,         // mirrored at submits and completions; works everywhere
    HostPointer,  // VK_EXT_external_memory_host: the driver works on the guest's pages themselves
};

// Names one physical device in another process of the same machine.
struct GpuIdentity {
    std::string name;         // VkPhysicalDeviceProperties::deviceName
    std::string pci_address;  // "0000:01:00.0", or empty for a device that sits on no PCI bus
    std::uint32_t vendor_id = 0;
    std::uint32_t device_id = 0;
    std::array<std::uint8_t, 16> uuid{};  // VkPhysicalDeviceIDProperties::deviceUUID
    std::string driver_manifest;          // of its driver, to be loaded alone; empty: load all

    bool operator==(const GpuIdentity&) const = default;
};

// Trusted: made by the supervisor from its probe and its arguments; constant in a worker.
struct HostOptions {
    GpuIdentity gpu;  // the one device that the guest sees; see is_same_gpu() in gpu_identity.h
    ImportWay import_way = ImportWay::Copy;
    // The host memory types whose VkDeviceMemory can be guest pages; with Copy every host-visible
    // one. To be given to GuestMemoryTypes.
    std::uint32_t page_type_bits = 0;
    std::uint64_t memory_limit_bytes = 0;
    std::uint32_t objects_max = 0;
    std::uint32_t channels_max = 0;
    // Work that takes longer is taken to be endless, and ends its context; 0 waits for ever.
    std::uint32_t hang_seconds = 0;
    // Channels' threads tell of submissions' ends (completion_watch.h); else completion threads do.
    bool channels_watch = true;
    // What the host may take to judge or compile a shader before that is taken to be endless; 0
    // waits for ever.
    std::uint32_t compile_seconds = 0;
    // How much of a guest's shaders is checked (gate/gate.h, Mode).
    std::string shader_gate = "full";
    // Which extensions the guest is shown (transport/xen/tuning.h, key "features"); "": all.
    std::string features;
    // This context's line of its domain's account.
    std::uint32_t account_line = 0;
};

}  // namespace vgpu::worker
