// Shows presented images when the device is done with them, so that the application need not wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>

#include "wsi/driver.h"
#include "wsi/image_rotation.h"
#include "wsi/surface.h"
#include "wsi/swapchain_image.h"
#include "wsi/window.h"

namespace vgpu::wsi {

// What a present thread works with; all of it outlives the thread.
struct PresentWork {
    const Driver& driver;
    ImageRotation& rotation;
    std::span<const SwapchainImage> images;
    Canvas& canvas;
    ShowOrder& order;
    std::uint64_t generation = 0;  // of the swapchain among those of its surface
    // The pace of a clock; 0: none. Nothing: the canvas paces, by its beats.
    std::optional<ImageRotation::Clock::duration> refresh_period = std::chrono::seconds(0);
    // How long a copy may take once the thread is to end.
    ImageRotation::Clock::duration patience = std::chrono::seconds(10);
};

// Owned by the Swapchain. Holds one frame that is ready to be shown, at most: FIFO shows it when a
// refresh period has passed since the last, or at the window's beat; MAILBOX the same but replaces
// it when the next is ready first, or leaves that to a window with a beat of its own; IMMEDIATE
// shows it at once.
class PresentThread {
  public:
    explicit PresentThread(const PresentWork& work);
    PresentThread(const PresentThread&) = delete;
    PresentThread& operator=(const PresentThread&) = delete;
    ~PresentThread() { finish(); }

    // Shows what was presented, without pacing, and ends. Bounded, as long as the X server is: a
    // copy that does not complete within the patience after this call is given up. False: the
    // device may still be using the images.
    bool finish();

    // A window that nobody sees gives no beat. Its frames are shown this slowly then, so that the
    // application goes on.
    static constexpr std::chrono::milliseconds kPeriodUnseen{1000};

  private:
    using Clock = ImageRotation::Clock;

    void run();
    // Waits for the copy; the frame then takes the place of the one that was ready.
    void make_ready(PresentedFrame frame);
    // False: the copy will not complete.
    bool wait_copied(std::uint32_t image);
    bool due() const;
    void show_ready();
    // False: the frame is not to be seen any more.
    bool put(const PresentedFrame& frame, PutOutcome& outcome);
    void set_next_show();
    // The beat of the frame that was put last has come, or will not.
    void note_beat();

    const PresentWork work_;
    // From here to thread_: the thread's, until it is joined.
    std::optional<PresentedFrame> ready_;
    Clock::time_point next_show_{};
    bool awaits_beat_ = false;
    std::uint64_t put_id_ = 0;  // the greatest that was put
    bool shown_before_ = false;
    std::optional<Clock::time_point> stop_seen_;
    bool gave_up_ = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace vgpu::wsi
