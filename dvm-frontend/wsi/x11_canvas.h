// Draws a swapchain's images into an X window and notices when the window changes or goes.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "wsi/window.h"
#include "wsi/x11_put.h"
#include "wsi/x11_resize_watch.h"

namespace vgpu::wsi {

// A graphics context of the X server's, freed when destroyed.
class X11Graphics {
  public:
    X11Graphics(const X11Library& x11, xcb_connection_t* connection, xcb_window_t window);
    X11Graphics(const X11Graphics&) = delete;
    X11Graphics& operator=(const X11Graphics&) = delete;
    ~X11Graphics();
    xcb_gcontext_t id() const { return id_; }  // 0: the window is gone

  private:
    const X11Library& x11_;
    xcb_connection_t* const connection_;
    xcb_gcontext_t id_;
};

// Owned by a Swapchain. put() is the present thread's; news() is called by any thread.
class X11Canvas final : public Canvas {
  public:
    // `target` still lacks its graphics context. VK_SUCCESS or VK_ERROR_SURFACE_LOST_KHR.
    static VkResult make(PutTarget target, VkExtent2D window_extent, const Options& options,
                         std::span<const FramePixels> frames, std::unique_ptr<Canvas>& canvas);

    PutOutcome put(std::uint32_t image, std::span<const VkRect2D> damage) override;
    VkResult news() override;
    PutWay way() const override { return put_->way(); }
    std::optional<std::chrono::nanoseconds> refresh_period() override;

  private:
    X11Canvas(const PutTarget& target, VkExtent2D window_extent,
              std::unique_ptr<X11Graphics> graphics, std::unique_ptr<PixelPut> put);

    // Under lock_. Leaves out sizes from before request `since`, whose answer is known.
    void hear(std::optional<std::uint32_t> since);
    VkResult judge() const;
    bool collect_errors();

    const PutTarget target_;
    const std::unique_ptr<X11Graphics> graphics_;
    const std::unique_ptr<PixelPut> put_;
    std::vector<xcb_void_cookie_t> sent_;  // of the put under way

    std::mutex lock_;
    X11ResizeWatch watch_;
    VkExtent2D window_extent_;
    bool lost_ = false;
};

}  // namespace vgpu::wsi
