// What only the hypervisor knows of a domain. Dom0 alone may ask it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct xc_interface_core;

namespace vgpu::gvmctl {

struct DomainFacts {
    std::string type;  // "PV", "PVH", "HVM"
    std::uint32_t grant_frames = 0;
    std::uint32_t grant_frames_max = 0;
};

// libxenctrl. One thread. Throws SetupError where it may not be asked.
class Hypervisor {
  public:
    Hypervisor();

    std::optional<DomainFacts> domain(unsigned id) const;  // nullopt: no such domain

  private:
    struct Close {
        void operator()(xc_interface_core* interface) const;
    };
    std::unique_ptr<xc_interface_core, Close> interface_;
};

}  // namespace vgpu::gvmctl
