// What all surfaces of an instance share: the switches and the window systems' libraries.
#pragma once

#include <memory>
#include <mutex>

#include "wsi/options.h"

namespace vgpu::wsi {

class WaylandLibrary;
class X11Library;

// Owned by the ICD's instance, outlives its surfaces; any thread may call any member.
class Platform {
  public:
    explicit Platform(Options options);
    ~Platform();

    const Options& options() const { return options_; }
    // Loaded by the first call. Null where libxcb is not installed.
    const X11Library* x11();
    // Likewise of libwayland-client.
    const WaylandLibrary* wayland();

  private:
    const Options options_;
    std::once_flag x11_looked_for_;
    std::unique_ptr<X11Library> x11_;
    std::once_flag wayland_looked_for_;
    std::unique_ptr<WaylandLibrary> wayland_;
};

}  // namespace vgpu::wsi
