// Reads the nodes of transport/xen/vgpuif.h; what guests wrote is made printable.
#include "gvmctl/show.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "transport/xen/tuning.h"

namespace vgpu::gvmctl {

namespace {

using transport::xen::find_tuning_key;

struct NodeText {
    const char* name;
    const char* text;
};
constexpr NodeText kFrontendNodes[] = {
    {"backend", "the back end's directory"},
    {"backend-id", "the GVM's domain"},
    {"grant-frames-max", "grant table frames that the DVM may have, 2 MiB of shared pages each"},
    {"state", "where dvm-gpud stands"},
    {"version", "the version of the interface that it speaks"},
    {"ring-ref", "grant reference of the link's first page"},
    {"event-channel", "port of the link's doorbell"},
    {"error", "why dvm-gpud cannot go on"},
};
constexpr NodeText kBackendNodes[] = {
    {"frontend", "the front end's directory"},
    {"frontend-id", "the DVM's domain"},
    {"online", "1 while the device is wanted, 0 to detach it"},
    {"state", "where gvm-gpud stands"},
    {"versions", "the versions of the interface that it speaks"},
    {"device-name", "the GPU"},
    {"error", "what gvm-gpud cannot do, and the remedy"},
    {"stats/contexts", "contexts that run"},
    {"stats/contexts-started", "contexts that ever began"},
    {"stats/restarts", "contexts that ended by a fault of their own"},
    {"stats/submissions", "submissions to the GPU's queues"},
    {"stats/frames", "frames presented"},
    {"stats/bytes", "octets of commands"},
    {"stats/memory-bytes", "octets of memory, device-local and guest-visible"},
    {"stats/gpu-time-us", "microseconds that submissions took"},
    {"stats/shaders-refused", "shaders that the gate did not let through"},
};

template <std::size_t N>
std::string explain(const NodeText (&nodes)[N], const std::string& name) {
    for (const NodeText& each : nodes) {
        if (name == each.name) return each.text;
    }
    if (const auto* key = find_tuning_key(name)) return key->effect;
    if (name.compare(0, 6, "stats/") == 0) return "a counter of gvm-gpud";
    return "no node of this interface";
}

// Names below `path`, those of folders with their own: "stats/contexts".
std::vector<std::string> names_below(const Xenstore& store, const std::string& path) {
    std::vector<std::string> names;
    for (const std::string& name : store.list(path)) {
        const auto inner = store.list(path + "/" + name);
        if (inner.empty()) names.push_back(name);
        for (const std::string& each : inner) names.push_back(name + "/" + each);
    }
    return names;
}

template <std::size_t N>
void add_end(const Xenstore& store, const std::string& path, const NodeText (&nodes)[N],
             const char* end, Answer& answer) {
    std::vector<std::vector<std::string>> rows;
    nlohmann::json& data = answer.data[end];
    data = {{"path", path}, {"permissions", store.permissions(path)}};
    for (const std::string& name : names_below(store, path)) {
        std::string value = printable(store.read(path + "/" + name).value_or(""));
        data["nodes"][name] = value;
        if (name == "state") value += " (" + state_name(value) + ")";
        rows.push_back({"  " + name, value, explain(nodes, name)});
    }
    answer.text += path + "  " + store.permissions(path) + "\n" +
                   (rows.empty() ? "  is missing\n" : table(rows));
}

nlohmann::json head(const Xenstore& store, const Device& device) {
    return {{"dvm", printable(device.dvm_name)}, {"dvm_id", device.dvm},
            {"gvm", printable(device.gvm_name)}, {"gvm_id", device.gvm},
            {"device", device.number},           {"condition", condition(store, device)}};
}

std::string label(const std::string& name, unsigned id) {
    return (name.empty() ? "-" : printable(name)) + " (" + std::to_string(id) + ")";
}

std::string back_node(const Xenstore& store, const Device& device, const std::string& name) {
    return printable(store.read(device.backend() + "/" + name).value_or(""));
}

// A counter of the back end; nullopt where there is none, or no number.
std::optional<std::uint64_t> counter(const Xenstore& store, const Device& device,
                                     const std::string& name) {
    const std::string text = back_node(store, device, "stats/" + name);
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
    return value;
}

nlohmann::json or_null(const std::optional<std::uint64_t>& number) {
    return number ? nlohmann::json(*number) : nlohmann::json();
}

}  // namespace

Answer list(const Xenstore& store) {
    Answer answer{nlohmann::json::array(), ""};
    std::vector<std::vector<std::string>> rows = {
        {"DVM", "DEVICE", "GVM", "CONDITION", "GPU", "CONTEXTS", "MEMORY"}};
    for (const Device& each : all_devices(store)) {
        nlohmann::json one = head(store, each);
        const std::string gpu = back_node(store, each, "device-name");
        const std::string error = back_node(store, each, "error");
        const auto contexts = counter(store, each, "contexts");
        const auto memory = counter(store, each, "memory-bytes");
        one.update({{"gpu", gpu},
                    {"contexts", or_null(contexts)},
                    {"memory_bytes", or_null(memory)},
                    {"error", error}});
        answer.data.push_back(one);
        rows.push_back({label(each.dvm_name, each.dvm), std::to_string(each.number),
                        label(each.gvm_name, each.gvm), one["condition"], gpu.empty() ? "-" : gpu,
                        contexts ? std::to_string(*contexts) : "-",
                        memory ? std::to_string(*memory >> 20) + " MiB" : "-"});
        if (!error.empty()) rows.push_back({"  error: " + error});
    }
    answer.text = rows.size() > 1
                      ? table(rows)
                      : "No domain has a vgpu device. Attach one with: gvmctl attach DVM\n";
    return answer;
}

Answer show(const Xenstore& store, const Device& device) {
    Answer answer{head(store, device), ""};
    answer.text = "Device " + std::to_string(device.number) + " of " +
                  label(device.dvm_name, device.dvm) + ", GPU of " +
                  label(device.gvm_name, device.gvm) + ": " + condition(store, device) + "\n";
    add_end(store, device.frontend(), kFrontendNodes, "frontend", answer);
    add_end(store, device.backend(), kBackendNodes, "backend", answer);
    return answer;
}

Answer counters(const Xenstore& store) {
    Answer answer{nlohmann::json::array(), ""};
    for (const Device& each : all_devices(store)) {
        nlohmann::json one = head(store, each);
        one["stats"] = nlohmann::json::object();
        std::vector<std::vector<std::string>> rows;
        for (const std::string& name : store.list(each.backend() + "/stats")) {
            const std::string value = back_node(store, each, "stats/" + name);
            one["stats"][name] = value;
            rows.push_back({"  " + name, value});
        }
        answer.text += label(each.dvm_name, each.dvm) + ", device " + std::to_string(each.number) +
                       ": " + condition(store, each) + "\n" + table(rows);
        answer.data.push_back(one);
    }
    if (answer.text.empty()) answer.text = "No domain has a vgpu device.\n";
    return answer;
}

}  // namespace vgpu::gvmctl
