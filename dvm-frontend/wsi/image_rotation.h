// Who has which image of a swapchain: the application, the present thread or nobody.
#pragma once

#include <vulkan/vulkan.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace vgpu::wsi {

// One image on its way to the window.
struct PresentedFrame {
    std::uint32_t image = 0;
    VkPresentModeKHR mode = VK_PRESENT_MODE_FIFO_KHR;
    std::uint64_t id = 0;  // of VK_KHR_present_id; 0: none
    // What has changed since the frame that was presented before; nothing means all of it.
    std::vector<VkRect2D> damage;
};

// Available images go to the application, oldest first (acquire); from there to the present thread
// in the order in which they were presented (present); and back (release). Knows no Vulkan
// function. Owned by the Swapchain; any thread may call any member.
class ImageRotation {
  public:
    using Clock = std::chrono::steady_clock;

    explicit ImageRotation(std::uint32_t images);

    // Returns VK_SUCCESS or VK_SUBOPTIMAL_KHR with an index; VK_TIMEOUT while no image is
    // available; or why there will be no more: VK_ERROR_OUT_OF_DATE_KHR after retire(), or the
    // error that was noted.
    VkResult try_acquire(std::uint32_t* image);
    // Whether try_acquire() has more to say than VK_TIMEOUT.
    bool can_answer();
    // Says, as long as it lives, that somebody waits until can_answer() and is to be woken.
    class Awaiting {
      public:
        explicit Awaiting(ImageRotation& rotation);
        ~Awaiting();
        Awaiting(const Awaiting&) = delete;
        Awaiting& operator=(const Awaiting&) = delete;

      private:
        ImageRotation& rotation_;
    };
    bool awaited();
    // Takes an acquired image back, as if it had not been acquired.
    void undo_acquire(std::uint32_t image);
    // Whether the application holds this image.
    bool acquired(std::uint32_t image);
    // Hands an acquired image to the present thread.
    void present(PresentedFrame frame);

    struct Work {
        std::optional<PresentedFrame> frame;
        bool beat = false;
        bool stopping = false;
    };
    // The present thread's wait: for a presented image, if it may take one, for the deadline, for a
    // beat and for stop(). Images come first: when stopping, until none is left.
    Work await_work(bool may_take, std::optional<Clock::time_point> deadline);
    // The window wants the next frame.
    void beat();
    void release(std::uint32_t image);
    bool stopping();
    void stop();

    // VK_SUCCESS and VK_SUBOPTIMAL_KHR replace each other; an error stays.
    void note(VkResult condition);
    VkResult condition();
    void retire();
    bool retired();

    // The frame with this id has been shown, and with it those of smaller ids.
    void note_shown(std::uint64_t id);
    // VK_SUCCESS once a frame of this id or a greater one has been shown; VK_TIMEOUT while it may
    // yet be; why it will not be.
    VkResult shown_result(std::uint64_t id);

  private:
    // With lock_ held.
    bool answers() const { return retired_ || condition_ < 0 || !available_.empty(); }

    enum class Holder : std::uint8_t { Nobody, Application, PresentThread };

    std::mutex lock_;
    std::condition_variable changed_for_present_thread_;
    std::vector<Holder> holders_;
    std::deque<std::uint32_t> available_;
    std::deque<PresentedFrame> presented_;
    VkResult condition_ = VK_SUCCESS;
    bool retired_ = false;
    bool stopping_ = false;
    bool beat_ = false;
    std::uint64_t shown_id_ = 0;
    std::uint32_t awaiting_ = 0;
};

}  // namespace vgpu::wsi
