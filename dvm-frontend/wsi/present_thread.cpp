// Waits for copies, paces, and puts frames into the window.
#include "wsi/present_thread.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/blocked_signals.h"
#include "wsi/guarded.h"

namespace vgpu::wsi {
namespace {

// A hint of more rectangles than this is not worth its words.
constexpr std::size_t kMaxRectangles = 64;

// The changes of a frame that nobody will see are changes of the next.
void add_damage(PresentedFrame& frame, const PresentedFrame& replaced) {
    const bool whole = frame.damage.empty() || replaced.damage.empty() ||
                       frame.damage.size() + replaced.damage.size() > kMaxRectangles;
    if (whole) return frame.damage.clear();
    frame.damage.insert(frame.damage.end(), replaced.damage.begin(), replaced.damage.end());
}

}  // namespace

PresentThread::PresentThread(const PresentWork& work) : work_(work) {
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
        const bool may_take = !ready_ || ready_->mode == VK_PRESENT_MODE_MAILBOX_KHR;
        std::optional<Clock::time_point> deadline;
        if (ready_ || awaits_beat_) deadline = next_show_;
        auto work = work_.rotation.await_work(may_take, deadline);
        if (awaits_beat_ && (work.beat || work.stopping || Clock::now() >= next_show_)) note_beat();
        const bool took = work.frame.has_value();
        if (took) make_ready(std::move(*work.frame));
        if (ready_ && (work.stopping || due())) {
            show_ready();
        } else if (work.stopping && !took) {
            return;
        }
        if (work_.rotation.awaited()) work_.driver.wake();
    }
}

void PresentThread::make_ready(PresentedFrame frame) {
    if (!wait_copied(frame.image)) {
        work_.rotation.release(frame.image);
        return;
    }
    if (ready_) {
        add_damage(frame, *ready_);
        frame.id = std::max(frame.id, ready_->id);
        work_.rotation.release(ready_->image);
    }
    ready_ = std::move(frame);
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
    const bool paced = !work_.refresh_period || *work_.refresh_period > Clock::duration::zero();
    if (!paced || ready_->mode == VK_PRESENT_MODE_IMMEDIATE_KHR) return true;
    // A window with a beat of its own has a mailbox too. What waits here could come after the end
    // of a window that an application destroys before its swapchain, as Mesa's Zink does.
    if (!work_.refresh_period && ready_->mode == VK_PRESENT_MODE_MAILBOX_KHR) return true;
    return Clock::now() >= next_show_;
}

void PresentThread::show_ready() {
    const PresentedFrame frame = std::move(*ready_);
    ready_.reset();
    PutOutcome outcome;
    bool seen = false;
    const VkResult result = guarded([&] {
        seen = put(frame, outcome);
        return outcome.result;
    });
    work_.rotation.note(result);
    put_id_ = std::max(put_id_, frame.id);
    if (seen) set_next_show();
    if (!awaits_beat_) work_.rotation.note_shown(put_id_);
    if (!outcome.kept) work_.rotation.release(frame.image);
}

bool PresentThread::put(const PresentedFrame& frame, PutOutcome& outcome) {
    const std::lock_guard lock(work_.order.lock);
    // A frame of a swapchain that was replaced must not cover its successor's.
    if (work_.rotation.retired() && work_.order.newest_shown > work_.generation) return false;
    work_.order.newest_shown = std::max(work_.order.newest_shown, work_.generation);
    // The window shows something else before a swapchain's first frame.
    const bool first = !std::exchange(shown_before_, true);
    outcome = work_.canvas.put(frame.image,
                               first ? std::span<const VkRect2D>() : std::span(frame.damage));
    return true;
}

void PresentThread::set_next_show() {
    const auto now = Clock::now();
    awaits_beat_ = work_.canvas.paces();
    if (!work_.refresh_period) {
        next_show_ = now + kPeriodUnseen;
        return;
    }
    // On the beat, or a new beat when this one was missed by more than a period or not awaited.
    const Clock::duration period = *work_.refresh_period;
    const bool on_beat = next_show_ <= now && now - next_show_ < period;
    next_show_ = (on_beat ? next_show_ : now) + period;
}

void PresentThread::note_beat() {
    awaits_beat_ = false;
    work_.rotation.note_shown(put_id_);
    if (!work_.refresh_period) next_show_ = Clock::now();
}

}  // namespace vgpu::wsi
