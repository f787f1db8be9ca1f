// The ports of all domains, and the pipes that tell of them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "base/unique_fd.h"

namespace vgpu::fake {

// An open event-channel device: everybody holds the reading end of a pipe, the table the other. So
// it is closed when nobody reads any more.
struct PortDevice {
    unsigned domain = 0;
    UniqueFd write_end;
    std::optional<unsigned> restricted_to;
};

using PortName = std::pair<unsigned, std::uint32_t>;  // domain, port

struct Port {
    ino_t device = 0;
    unsigned peer_domain = 0;
    std::uint32_t peer_port = 0;  // 0 while nobody is bound to it
    bool masked = false;
    bool pending = false;  // rung while it was masked
    std::size_t rings_sent = 0;
};

// Its user holds `mutex`.
class PortTable {
  public:
    std::mutex mutex;
    std::set<unsigned> silent;

    void add_device(ino_t inode, PortDevice device);
    PortDevice* device_of(int fd);
    // The domain's port, if it is bound on this descriptor's device.
    Port* port_on(int fd, std::uint32_t port);
    Port* find(PortName name);

    // 0, or an errno; `port` is the new one.
    int offer(int fd, unsigned peer, std::uint32_t& port);
    int bind(int fd, unsigned peer, std::uint32_t peer_port, std::uint32_t& port);
    int unbind(int fd, std::uint32_t port);
    void ring(PortName from);
    void unmask(int fd, std::uint32_t port);

    // Closes the ports of devices that nobody holds any more.
    void sweep();
    std::size_t count(unsigned domain);
    void clear();

  private:
    std::uint32_t make_port(int fd, unsigned peer, std::uint32_t peer_port);
    void tell(PortName name, Port& port);
    void close_port(PortName name);

    std::map<ino_t, PortDevice> devices_;
    std::map<PortName, Port> ports_;
};
PortTable& port_table();

}  // namespace vgpu::fake
