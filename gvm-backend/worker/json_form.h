// JSON forms of what supervisor and worker tell each other about a GPU.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "worker/host_options.h"

namespace vgpu::worker {

inline void to_json(nlohmann::json& json, const GpuIdentity& gpu) {
    json = {{"name", gpu.name},        {"pci", gpu.pci_address}, {"vendor", gpu.vendor_id},
            {"device", gpu.device_id}, {"uuid", gpu.uuid},       {"manifest", gpu.driver_manifest}};
}

inline void from_json(const nlohmann::json& json, GpuIdentity& gpu) {
    gpu.name = json.at("name");
    gpu.pci_address = json.at("pci");
    gpu.vendor_id = json.at("vendor");
    gpu.device_id = json.at("device");
    gpu.uuid = json.at("uuid").get<decltype(gpu.uuid)>();
    gpu.driver_manifest = json.at("manifest");
}

inline ImportWay import_way_from(const std::string& text) {
    if (text == "hostptr") return ImportWay::HostPointer;
    if (text == "copy") return ImportWay::Copy;
    throw std::runtime_error("There is no memory import way \"" + text + "\".");
}

}  // namespace vgpu::worker
