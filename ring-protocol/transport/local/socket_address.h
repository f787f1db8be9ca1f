// The address of a Unix socket, for both sides.
#pragma once

#include <sys/un.h>

#include <cstring>
#include <string>

#include "base/setup_error.h"

namespace vgpu::transport {

// Throws SetupError when `path` is empty or too long for an address.
inline sockaddr_un socket_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path))
        throw SetupError(
            "The socket path \"" + path + "\" has " + std::to_string(path.size()) + " bytes.",
            "Name one of 1 to 107 bytes.");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

}  // namespace vgpu::transport
