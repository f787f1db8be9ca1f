// Loads the window systems' libraries once, when they are first needed.
#include "wsi/platform.h"

#include "wsi/wayland_library.h"
#include "wsi/x11_library.h"

namespace vgpu::wsi {

Platform::Platform(Options options) : options_(options) {}
Platform::~Platform() = default;

const X11Library* Platform::x11() {
    std::call_once(x11_looked_for_, [this] { x11_ = X11Library::load(); });
    return x11_.get();
}

const WaylandLibrary* Platform::wayland() {
    std::call_once(wayland_looked_for_, [this] { wayland_ = WaylandLibrary::load(); });
    return wayland_.get();
}

}  // namespace vgpu::wsi
