// JSON in one packet each.
#include "worker/start_message.h"

#include <poll.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "transport/local/packet.h"
#include "worker/host_report.h"
#include "worker/json_form.h"

namespace vgpu::worker {

using nlohmann::json;
using transport::PacketResult;

namespace {

constexpr std::size_t kMaxStartBytes = 64 << 10;
constexpr std::size_t kMaxEndBytes = 4096;

json to_json(const HostOptions& options) {
    return {{"gpu", options.gpu},
            {"import", to_string(options.import_way)},
            {"page_type_bits", options.page_type_bits},
            {"memory_limit", options.memory_limit_bytes},
            {"objects_max", options.objects_max},
            {"channels_max", options.channels_max},
            {"hang_seconds", options.hang_seconds},
            {"channels_watch", options.channels_watch},
            {"compile_seconds", options.compile_seconds},
            {"shader_gate", options.shader_gate},
            {"features", options.features},
            {"account_line", options.account_line}};
}

HostOptions options_from(const json& from) {
    HostOptions options;
    options.gpu = from.at("gpu").get<GpuIdentity>();
    options.import_way = import_way_from(from.at("import"));
    options.page_type_bits = from.at("page_type_bits");
    options.memory_limit_bytes = from.at("memory_limit");
    options.objects_max = from.at("objects_max");
    options.channels_max = from.at("channels_max");
    options.hang_seconds = from.at("hang_seconds");
    options.channels_watch = from.at("channels_watch");
    options.compile_seconds = from.at("compile_seconds");
    options.shader_gate = from.at("shader_gate");
    options.features = from.at("features");
    options.account_line = from.at("account_line");
    return options;
}

json to_json(const JailOptions& jail) {
    return {{"enabled", jail.enabled},
            {"device_nodes", jail.device_nodes},
            {"gpu_nodes", jail.gpu_nodes},
            {"memory_max", jail.memory_max},
            {"change_user", jail.change_user},
            {"uid", jail.uid},
            {"gid", jail.gid},
            {"groups", jail.groups},
            {"readable", jail.readable},
            {"event_channels", jail.event_channels}};
}

JailOptions jail_from(const json& from) {
    JailOptions jail;
    jail.enabled = from.at("enabled");
    jail.device_nodes = from.at("device_nodes");
    jail.gpu_nodes = from.at("gpu_nodes").get<std::vector<std::string>>();
    jail.memory_max = from.at("memory_max");
    jail.change_user = from.at("change_user");
    jail.uid = from.at("uid");
    jail.gid = from.at("gid");
    jail.groups = from.at("groups").get<std::vector<gid_t>>();
    jail.readable = from.at("readable").get<std::vector<std::string>>();
    jail.event_channels = from.at("event_channels");
    return jail;
}

StartMessage start_from(const json& from) {
    return {options_from(from.at("options")), jail_from(from.at("jail")), from.at("label"),
            from.at("log_level")};
}

// Socket, memory, bell: of whichever transport; and where successors connect.
std::vector<int> descriptors_of(const transport::Handover& guest) {
    if (const auto* xen = std::get_if<transport::xen::XenHandover>(&guest)) {
        std::vector<int> all{xen->socket.get(), xen->control.get(), xen->bell.get()};
        if (xen->successors) all.push_back(xen->successors.get());
        return all;
    }
    const auto& local = std::get<transport::LocalHandover>(guest);
    return {local.socket.get(), local.control.get(), local.doorbell.get()};
}

// Which transport, and what of it is no descriptor.
json to_json(const transport::Handover& guest) {
    const auto* xen = std::get_if<transport::xen::XenHandover>(&guest);
    if (xen == nullptr) return {{"transport", "local"}};
    return {{"transport", "xen"},
            {"bell_port", xen->bell_port},
            {"successors", static_cast<bool>(xen->successors)}};
}

StartDescriptors descriptors_from(const json& guest, std::vector<UniqueFd>& fds) {
    const bool is_xen = guest.at("transport") == "xen";
    const bool with_successors = is_xen && guest.at("successors").get<bool>();
    if (fds.size() != (with_successors ? 6 : 5)) {
        throw std::runtime_error("The start message comes with " + std::to_string(fds.size()) +
                                 " descriptors.");
    }
    UniqueFd slot = std::move(fds[0]);
    UniqueFd account = std::move(fds[1]);
    fds.erase(fds.begin(), fds.begin() + 2);
    if (is_xen) {
        transport::xen::XenHandover xen{std::move(fds[0]), std::move(fds[1]), std::move(fds[2]),
                                        guest.at("bell_port")};
        if (with_successors) xen.successors = std::move(fds[3]);
        return {std::move(xen), std::move(slot), std::move(account)};
    }
    return {transport::LocalHandover{std::move(fds[0]), std::move(fds[1]), std::move(fds[2])},
            std::move(slot), std::move(account)};
}

std::vector<std::uint8_t> bytes_of(const json& all) {
    const std::string text = all.dump(-1, ' ', false, json::error_handler_t::replace);
    return {text.begin(), text.end()};
}

}  // namespace

bool send_preparation(int socket, const Preparation& preparation) {
    const json all{{"prepare", true},
                   {"gpu", preparation.gpu},
                   {"jail", to_json(preparation.jail)},
                   {"log_level", preparation.log_level}};
    return transport::send_packet(socket, bytes_of(all)) == PacketResult::Done;
}

bool send_start(int socket, const StartMessage& start, const StartDescriptors& descriptors) {
    const json all{{"options", to_json(start.options)},
                   {"jail", to_json(start.jail)},
                   {"guest", to_json(descriptors.guest)},
                   {"label", start.label},
                   {"log_level", start.log_level}};
    std::vector<int> fds{descriptors.slot.get(), descriptors.account.get()};
    for (const int fd : descriptors_of(descriptors.guest)) fds.push_back(fd);
    return transport::send_packet(socket, bytes_of(all), fds) == PacketResult::Done;
}

std::optional<std::variant<Preparation, ReceivedStart>> receive_order(int socket) {
    std::vector<std::uint8_t> bytes(kMaxStartBytes);
    for (;;) {
        transport::ReceivedPacket packet = transport::receive_packet(socket, bytes);
        if (packet.result == PacketResult::WouldBlock) {
            pollfd wait{socket, POLLIN, 0};
            ::poll(&wait, 1, -1);
            continue;
        }
        if (packet.result == PacketResult::Gone) return std::nullopt;
        if (packet.result != PacketResult::Done) {
            throw std::runtime_error("The supervisor's start message is too long.");
        }
        const json all = json::parse(bytes.begin(), bytes.begin() + packet.bytes);
        if (all.contains("prepare"))
            return Preparation{all.at("gpu").get<GpuIdentity>(), jail_from(all.at("jail")),
                               all.at("log_level")};
        return ReceivedStart{start_from(all), descriptors_from(all.at("guest"), packet.fds)};
    }
}

std::optional<ReceivedStart> receive_start(int socket) {
    auto order = receive_order(socket);
    if (!order) return std::nullopt;
    return std::move(std::get<ReceivedStart>(*order));
}

void send_end(int socket, const EndMessage& end) {
    // A supervisor that is gone, or was started anew, does not hear it.
    transport::send_packet(socket, bytes_of({{"reason", end.reason.substr(0, kMaxEndBytes / 8)}}));
}

std::optional<EndMessage> receive_end(int socket) {
    std::vector<std::uint8_t> bytes(kMaxEndBytes);
    const transport::ReceivedPacket packet = transport::receive_packet(socket, bytes);
    if (packet.result != PacketResult::Done) return std::nullopt;
    const json all =
        json::parse(bytes.begin(), bytes.begin() + packet.bytes, nullptr, /*exceptions=*/false);
    if (!all.is_object() || !all.contains("reason") || !all["reason"].is_string()) {
        return std::nullopt;
    }
    return EndMessage{all["reason"]};
}

}  // namespace vgpu::worker
