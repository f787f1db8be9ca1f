// Finds the X libraries' functions by name.
#include "wsi/x11_library.h"

#include <dlfcn.h>

namespace vgpu::wsi {
namespace {

void* open_library(const char* name) {
    return dlopen(name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
}

template <typename Pointer>
bool find(void* library, const char* name, Pointer& pointer) {
    pointer = reinterpret_cast<Pointer>(dlsym(library, name));
    return pointer != nullptr;
}

}  // namespace

#define VGPU_WSI_FIND(name) complete = find(library, #name, name) && complete;

std::unique_ptr<X11Library> X11Library::load() {
    std::unique_ptr<X11Library> library(new X11Library);
    if (!library->load_xcb()) return nullptr;
    library->load_shm();
    library->load_present();
    library->load_randr();
    library->load_xlib();
    return library;
}

bool X11Library::load_xcb() {
    void* library = open_library("libxcb.so.1");
    if (library == nullptr) return false;
    bool complete = true;
    VGPU_WSI_XCB_FUNCTIONS(VGPU_WSI_FIND)
    return complete;
}

void X11Library::load_shm() {
    void* library = open_library("libxcb-shm.so.0");
    if (library == nullptr) return;
    bool complete = true;
    VGPU_WSI_SHM_FUNCTIONS(VGPU_WSI_FIND)
    if (complete) find(library, "xcb_shm_id", shm_id);
}

void X11Library::load_present() {
    void* library = open_library("libxcb-present.so.0");
    if (library == nullptr) return;
    bool complete = true;
    VGPU_WSI_PRESENT_FUNCTIONS(VGPU_WSI_FIND)
    if (complete) find(library, "xcb_present_id", present_id);
}

void X11Library::load_randr() {
    void* library = open_library("libxcb-randr.so.0");
    if (library == nullptr) return;
    bool complete = true;
    VGPU_WSI_RANDR_FUNCTIONS(VGPU_WSI_FIND)
    if (complete) find(library, "xcb_randr_id", randr_id);
}

void X11Library::load_xlib() {
    if (void* library = open_library("libX11-xcb.so.1")) {
        find(library, "XGetXCBConnection", XGetXCBConnection);
    }
}

#undef VGPU_WSI_FIND

}  // namespace vgpu::wsi
