// Finds the Wayland client library's symbols by name.
#include "wsi/wayland_library.h"

#include <dlfcn.h>

namespace vgpu::wsi {
namespace {

template <typename Pointer>
bool find(void* library, const char* name, Pointer& pointer) {
    pointer = reinterpret_cast<Pointer>(dlsym(library, name));
    return pointer != nullptr;
}

}  // namespace

std::unique_ptr<WaylandLibrary> WaylandLibrary::load() {
    std::unique_ptr<WaylandLibrary> library(new WaylandLibrary);
    return library->find_all() ? std::move(library) : nullptr;
}

bool WaylandLibrary::find_all() {
    void* library = dlopen("libwayland-client.so.0", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) return false;
    bool complete = true;
#define VGPU_WSI_FIND(name) complete = find(library, #name, name) && complete;
    VGPU_WSI_WAYLAND_FUNCTIONS(VGPU_WSI_FIND)
    VGPU_WSI_WAYLAND_INTERFACES(VGPU_WSI_FIND)
#undef VGPU_WSI_FIND
    return complete;
}

}  // namespace vgpu::wsi
