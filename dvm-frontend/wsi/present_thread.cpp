// Waits for copies, paces, and puts frames into the window.
#include "wsi/present_thread.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <mutex>

#include "wsi/guarded.h"

namespace vgpu::wsi {
namespace {

using Clock = ImageRotation::Clock;

// The application's signal handlers run on its own threads.
class BlockedSignals {
  public:
    BlockedSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_;
};

}  // namespace

PresentThread::PresentThread(const PresentWork& work)
    : work_(work),
      paced_(work.mode != VK_PRESENT_MODE_IMMEDIATE_KHR &&
             work.refresh_period > Clock::duration::zero()) {
    const BlockedSignals inherited;
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "vgpu-present");
}

bool PresentThread::finish() {
    if (thread_.joinable()) {
        work_.rotation.stop();
        work_.driver.wake();
        thread_.join();
    }
    return !gave_up_;
}

void PresentThread::run() {
    for (;;) {
        const bool may_take = !ready_ || work_.mode == VK_PRESENT_MODE_MAILBOX_KHR;
        const auto work =
            work_.rotation.await_work(may_take, ready_ ? std::optional(next_show_) : std::nullopt);
        if (work.image) make_ready(*work.image);
        if (ready_ && (work.stopping || due())) {
            show(*ready_);
            work_.rotation.release(*ready_);
            ready_.reset();
        } else if (work.stopping && !work.image) {
            return;
        }
        if (work_.rotation.awaited()) work_.driver.wake();
    }
}

void PresentThread::make_ready(std::uint32_t image) {
    if (!wait_copied(image)) {
        work_.rotation.release(image);
        return;
    }
    if (ready_) work_.rotation.release(*ready_);
    ready_ = image;
}

bool PresentThread::wait_copied(std::uint32_t image) {
    const Driver& driver = work_.driver;
    const VkFence fence = work_.images[image].copied();
    VkResult result = VK_NOT_READY;
    const auto copied = [&] {
        result = driver.GetFenceStatus(driver.device, fence);
        return result != VK_NOT_READY;
    };
    driver.wait([&] { return copied() || work_.rotation.stopping(); }, std::nullopt);
    if (result == VK_NOT_READY && !driver.device_lost()) {
        if (!stop_seen_) stop_seen_ = Clock::now();
        driver.wait(copied, *stop_seen_ + work_.patience);
    }
    if (result == VK_SUCCESS) return true;
    const bool lost = result == VK_ERROR_DEVICE_LOST || driver.device_lost();
    if (lost || result != VK_NOT_READY) work_.rotation.note(lost ? VK_ERROR_DEVICE_LOST : result);
    gave_up_ = gave_up_ || !lost;  // a lost device uses nothing any more
    return false;
}

bool PresentThread::due() const {
    return !paced_ || Clock::now() >= next_show_;
}

void PresentThread::show(std::uint32_t image) {
    const VkResult result = guarded([&] {
        const std::lock_guard lock(work_.order.lock);
        // A frame of a swapchain that was replaced must not cover its successor's.
        if (work_.rotation.retired() && work_.order.newest_shown > work_.generation) {
            return VK_SUCCESS;
        }
        work_.order.newest_shown = std::max(work_.order.newest_shown, work_.generation);
        return work_.canvas.put(image);
    });
    work_.rotation.note(result);
    // On the beat, or a new beat when this one was missed by more than a period.
    const auto now = Clock::now();
    const bool on_beat = now - next_show_ < work_.refresh_period;
    next_show_ = (on_beat ? next_show_ : now) + work_.refresh_period;
}

}  // namespace vgpu::wsi
