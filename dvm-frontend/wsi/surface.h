// What a VkSurfaceKHR of this ICD points at.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "wire/ids.h"
#include "wsi/window.h"

namespace vgpu::wsi {

// Keeps the frames of a replaced swapchain from covering those of its successor.
struct ShowOrder {
    std::mutex lock;  // held while a frame is put
    std::uint64_t last_generation = 0;
    std::uint64_t newest_shown = 0;
};

// Owned by the application, from create_*_surface to destroy_surface.
struct Surface : wire::GuestObject {
    explicit Surface(std::unique_ptr<Window> shown_in) : window(std::move(shown_in)) {}

    const std::unique_ptr<Window> window;
    // Shared with the swapchains: a careless application destroys the surface before them.
    const std::shared_ptr<ShowOrder> order = std::make_shared<ShowOrder>();
};

// Handles of surfaces and swapchains are the objects' addresses.
template <typename Handle, typename Object>
Handle to_handle(Object* object) {
    return (Handle)(std::uintptr_t)object;  // a pointer or, on 32 bits, a 64-bit integer
}
template <typename Object, typename Handle>
Object* from_handle(Handle handle) {
    return (Object*)(std::uintptr_t)handle;
}

}  // namespace vgpu::wsi
