// Shows a swapchain's images on a Wayland surface.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "wsi/wayland_buffer.h"
#include "wsi/wayland_connection.h"
#include "wsi/window.h"

namespace vgpu::wsi {

// Owned by a Swapchain. put() is the present thread's, news() any thread's; a thread of its own
// hears the compositor, so that images come back while the application waits for one. All that the
// threads share is under lock_, dispatching included.
class WaylandCanvas final : public Canvas {
  public:
    // VK_SUCCESS, VK_ERROR_SURFACE_LOST_KHR or VK_ERROR_OUT_OF_HOST_MEMORY.
    static VkResult make(std::unique_ptr<WaylandConnection> connection, wl_surface* surface,
                         const Options& options, const CanvasOrder& order,
                         std::unique_ptr<Canvas>& canvas);
    ~WaylandCanvas() override;

    PutOutcome put(std::uint32_t image, std::span<const VkRect2D> damage) override;
    VkResult news() override;
    PutWay way() const override { return pages_.empty() ? PutWay::Segment : PutWay::Pages; }
    bool paces() const override { return true; }

    // How long a put waits for a buffer that the compositor has not given back; the frame is left
    // out then. A compositor that keeps everything costs frames, not the application.
    static constexpr std::chrono::milliseconds kPatience{1000};
    static constexpr std::size_t kMostSpares = 4;

  private:
    using Lock = std::unique_lock<std::mutex>;

    WaylandCanvas(std::unique_ptr<WaylandConnection> connection, wl_surface* surface,
                  const CanvasOrder& order);
    void make_pages();
    void start_hearing();
    void hear();
    void lose();
    // The buffer to show the image by: its own pages, or a copy; null when there is none in time.
    WaylandBuffer* buffer_for(std::uint32_t image, Lock& lock);
    WaylandBuffer* free_spare();
    bool may_lend_pages() const;
    void ask_for_beat();
    void commit(const WaylandBuffer& buffer, std::span<const VkRect2D> damage);
    void send_damage(std::span<const VkRect2D> damage);
    static void frame_done(void* self, wl_callback* callback, std::uint32_t time);

    const std::unique_ptr<WaylandConnection> connection_;
    const WaylandLibrary& wayland_;
    const WaylandWrapper surface_;
    const std::vector<FramePixels> frames_;
    ShmPicture picture_;
    CanvasListener& listener_;
    const UniqueFd wake_;  // an eventfd: the hearing thread is to look up

    std::mutex lock_;
    std::condition_variable changed_;
    std::vector<std::unique_ptr<WaylandBuffer>> pages_;  // one for each image, or none at all
    std::vector<std::unique_ptr<WaylandBuffer>> spares_;
    WaylandProxy frame_callback_;
    bool whole_next_ = false;
    bool lost_ = false;
    bool stopping_ = false;
    std::thread hearing_;  // last: it uses the others
};

}  // namespace vgpu::wsi
