// The report's JSON form.
#include "worker/host_report.h"

#include <nlohmann/json.hpp>

#include "worker/json_form.h"

namespace vgpu::worker {

using nlohmann::json;

namespace {

json to_json(const HostGpu& gpu) {
    return {{"identity", gpu.identity},
            {"type", gpu.type},
            {"driver", gpu.driver},
            {"api_version", gpu.api_version},
            {"render_node", gpu.render_node},
            {"import", to_string(gpu.import_way)},
            {"page_type_bits", gpu.page_type_bits},
            {"host_visible_bits", gpu.host_visible_bits},
            {"import_text", gpu.import_text},
            {"memory_types", gpu.memory_types}};
}

HostGpu gpu_from(const json& from) {
    HostGpu gpu;
    gpu.identity = from.at("identity").get<GpuIdentity>();
    gpu.type = from.at("type");
    gpu.driver = from.at("driver");
    gpu.api_version = from.at("api_version");
    gpu.render_node = from.at("render_node");
    gpu.import_way = import_way_from(from.at("import"));
    gpu.page_type_bits = from.at("page_type_bits");
    gpu.host_visible_bits = from.at("host_visible_bits");
    gpu.import_text = from.at("import_text");
    gpu.memory_types = from.at("memory_types").get<std::vector<std::string>>();
    return gpu;
}

}  // namespace

const char* to_string(ImportWay way) {
    return way == ImportWay::HostPointer ? "hostptr" : "copy";
}

std::string format_report(const HostReport& report) {
    json extensions = json::array();
    for (const auto& extension : report.instance_extensions) {
        extensions.push_back({{"name", extension.name}, {"version", extension.spec_version}});
    }
    json gpus = json::array();
    for (const HostGpu& gpu : report.gpus) gpus.push_back(to_json(gpu));
    json pci_gpus = json::array();
    for (const PciGpu& gpu : report.pci_gpus) {
        pci_gpus.push_back(
            {{"address", gpu.pci_address}, {"node", gpu.node}, {"renders", gpu.renders}});
    }
    const json all{{"error", report.error},
                   {"pci_gpus", pci_gpus},
                   {"instance_version", report.instance_version},
                   {"instance_extensions", extensions},
                   {"gpus", gpus},
                   {"command_hashes", report.command_hashes},
                   {"link_hashes", report.link_hashes}};
    // A driver's strings need not be UTF-8.
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

HostReport parse_report(const std::string& text) {
    const json all = json::parse(text);
    HostReport report;
    report.error = all.at("error");
    report.instance_version = all.at("instance_version");
    for (const json& extension : all.at("instance_extensions")) {
        report.instance_extensions.push_back({extension.at("name"), extension.at("version")});
    }
    for (const json& gpu : all.at("gpus")) report.gpus.push_back(gpu_from(gpu));
    for (const json& gpu : all.at("pci_gpus")) {
        report.pci_gpus.push_back({gpu.at("address"), gpu.at("node"), gpu.at("renders")});
    }
    report.command_hashes = all.at("command_hashes").get<std::vector<std::uint32_t>>();
    report.link_hashes = all.at("link_hashes").get<std::vector<std::uint32_t>>();
    return report;
}

}  // namespace vgpu::worker
