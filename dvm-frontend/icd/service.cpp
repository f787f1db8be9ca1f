// Connects to the service over the local transport.
#include "icd/service.h"

#include <cerrno>
#include <cstdlib>

#include "base/setup_error.h"
#include "transport/local/guest.h"
#include "wire/description.h"

namespace vgpu::icd {

namespace {

constexpr const char* kUsualPath = "/run/xen-vgpu/gpud.sock";

transport::Hello make_hello() {
    transport::Hello hello;
    hello.command_hashes.reserve(wire::kCommands.size());
    for (const wire::CommandInfo& command : wire::kCommands)
        hello.command_hashes.push_back(command.name ? command.hash : 0);
    hello.application = program_invocation_short_name;
    return hello;
}

}  // namespace

std::string service_socket_path() {
    const char* path = secure_getenv("XEN_VGPU_SOCKET");
    return path && *path ? path : kUsualPath;
}

std::optional<transport::Welcome> query_service() {
    try {
        return transport::query_local(service_socket_path(), make_hello());
    } catch (const SetupError&) {
        return std::nullopt;
    }
}

std::unique_ptr<transport::GuestTransport> connect_service(std::string& why_not) {
    try {
        return transport::connect_local(service_socket_path(), make_hello());
    } catch (const SetupError& error) {
        why_not = error.what();
        why_not += " The environment variable XEN_VGPU_SOCKET can name the service's socket.";
        return nullptr;
    }
}

}  // namespace vgpu::icd
