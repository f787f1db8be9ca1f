// Ports are offered, bound, rung and closed as Xen and Linux's evtchn driver do it.
#include "xen-fake/port_table.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/check.h"

namespace vgpu::fake {

namespace {

ino_t inode_of(int fd) {
    struct stat status {};
    VGPU_CHECK(::fstat(fd, &status) == 0);
    return status.st_ino;
}

bool nobody_reads(const PortDevice& device) {
    pollfd poll{device.write_end.get(), 0, 0};
    return ::poll(&poll, 1, 0) > 0 && (poll.revents & POLLERR) != 0;
}

}  // namespace

PortTable& port_table() {
    static PortTable table;
    return table;
}

void PortTable::add_device(ino_t inode, PortDevice device) {
    sweep();
    devices_[inode] = std::move(device);
}

PortDevice* PortTable::device_of(int fd) {
    const auto found = devices_.find(inode_of(fd));
    return found == devices_.end() ? nullptr : &found->second;
}

Port* PortTable::find(PortName name) {
    const auto found = ports_.find(name);
    return found == ports_.end() ? nullptr : &found->second;
}

Port* PortTable::port_on(int fd, std::uint32_t port) {
    const PortDevice* device = device_of(fd);
    Port* found = device == nullptr ? nullptr : find({device->domain, port});
    return found != nullptr && found->device == inode_of(fd) ? found : nullptr;
}

std::uint32_t PortTable::make_port(int fd, unsigned peer, std::uint32_t peer_port) {
    const unsigned domain = device_of(fd)->domain;
    std::uint32_t number = 1;  // 0 is Xen's invalid port
    while (ports_.count({domain, number}) != 0) ++number;
    Port port;
    port.device = inode_of(fd);
    port.peer_domain = peer;
    port.peer_port = peer_port;
    ports_[{domain, number}] = port;
    return number;
}

// Linux lets a restricted device offer nothing at all (IOCTL_EVTCHN_BIND_UNBOUND_PORT).
int PortTable::offer(int fd, unsigned peer, std::uint32_t& port) {
    sweep();
    if (device_of(fd)->restricted_to) return EACCES;
    port = make_port(fd, peer, 0);
    return 0;
}

int PortTable::bind(int fd, unsigned peer, std::uint32_t peer_port, std::uint32_t& port) {
    sweep();
    const PortDevice& device = *device_of(fd);
    if (device.restricted_to && device.restricted_to != peer) return EACCES;
    Port* remote = find({peer, peer_port});
    if (remote == nullptr || remote->peer_port != 0 || remote->peer_domain != device.domain)
        return EINVAL;
    port = make_port(fd, peer, peer_port);
    remote->peer_port = port;
    // As Xen has it: something may have been sent before.
    tell({device.domain, port}, *find({device.domain, port}));
    return 0;
}

int PortTable::unbind(int fd, std::uint32_t port) {
    if (port_on(fd, port) == nullptr) return ENOTCONN;
    close_port({device_of(fd)->domain, port});
    return 0;
}

// The other end can be bound anew, by the same domain.
void PortTable::close_port(PortName name) {
    const Port port = ports_.at(name);
    ports_.erase(name);
    if (Port* peer = find({port.peer_domain, port.peer_port})) peer->peer_port = 0;
}

void PortTable::tell(PortName name, Port& port) {
    if (port.masked) {
        port.pending = true;
        return;
    }
    port.masked = true;
    const auto device = devices_.find(port.device);
    if (device == devices_.end()) return;
    const ssize_t written =
        ::write(device->second.write_end.get(), &name.second, sizeof(name.second));
    VGPU_CHECK(written == sizeof(name.second) || errno == EPIPE);
}

void PortTable::ring(PortName from) {
    Port* port = find(from);
    if (port == nullptr || silent.count(from.first) != 0) return;
    ++port->rings_sent;
    const PortName to{port->peer_domain, port->peer_port};
    if (Port* peer = find(to)) tell(to, *peer);
}

void PortTable::unmask(int fd, std::uint32_t port) {
    Port* found = port_on(fd, port);
    if (found == nullptr) return;
    found->masked = false;
    if (std::exchange(found->pending, false)) tell({device_of(fd)->domain, port}, *found);
}

void PortTable::sweep() {
    for (auto device = devices_.begin(); device != devices_.end();) {
        if (!nobody_reads(device->second)) {
            ++device;
            continue;
        }
        std::vector<PortName> closed;
        for (const auto& [name, port] : ports_) {
            if (port.device == device->first) closed.push_back(name);
        }
        for (const PortName& name : closed) close_port(name);
        device = devices_.erase(device);
    }
}

std::size_t PortTable::count(unsigned domain) {
    sweep();
    std::size_t count = 0;
    for (const auto& [name, port] : ports_) count += name.first == domain;
    return count;
}

void PortTable::clear() {
    devices_.clear();
    ports_.clear();
    silent.clear();
}

}  // namespace vgpu::fake
