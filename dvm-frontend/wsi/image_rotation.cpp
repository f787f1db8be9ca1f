// Keeps the images of a swapchain going round.
#include "wsi/image_rotation.h"

#include <algorithm>
#include <utility>

namespace vgpu::wsi {

ImageRotation::ImageRotation(std::uint32_t images) : holders_(images, Holder::Nobody) {
    for (std::uint32_t i = 0; i < images; ++i) available_.push_back(i);
}

VkResult ImageRotation::try_acquire(std::uint32_t* image) {
    const std::lock_guard lock(lock_);
    if (condition_ < 0) return condition_;
    if (retired_) return VK_ERROR_OUT_OF_DATE_KHR;
    if (available_.empty()) return VK_TIMEOUT;
    *image = available_.front();
    available_.pop_front();
    holders_[*image] = Holder::Application;
    return condition_;
}

bool ImageRotation::can_answer() {
    const std::lock_guard lock(lock_);
    return answers();
}

// Announce first, then look: who changes something looks for those that wait afterwards.
ImageRotation::Awaiting::Awaiting(ImageRotation& rotation) : rotation_(rotation) {
    const std::lock_guard lock(rotation_.lock_);
    ++rotation_.awaiting_;
}

ImageRotation::Awaiting::~Awaiting() {
    const std::lock_guard lock(rotation_.lock_);
    --rotation_.awaiting_;
}

bool ImageRotation::awaited() {
    const std::lock_guard lock(lock_);
    return awaiting_ != 0;
}

void ImageRotation::undo_acquire(std::uint32_t image) {
    const std::lock_guard lock(lock_);
    holders_[image] = Holder::Nobody;
    available_.push_front(image);
}

bool ImageRotation::acquired(std::uint32_t image) {
    const std::lock_guard lock(lock_);
    return image < holders_.size() && holders_[image] == Holder::Application;
}

void ImageRotation::present(PresentedFrame frame) {
    const std::lock_guard lock(lock_);
    holders_[frame.image] = Holder::PresentThread;
    presented_.push_back(std::move(frame));
    changed_for_present_thread_.notify_one();
}

ImageRotation::Work ImageRotation::await_work(bool may_take,
                                              std::optional<Clock::time_point> deadline) {
    std::unique_lock lock(lock_);
    const auto changed = [&] { return stopping_ || beat_ || (may_take && !presented_.empty()); };
    if (deadline) {
        changed_for_present_thread_.wait_until(lock, *deadline, changed);
    } else {
        changed_for_present_thread_.wait(lock, changed);
    }
    Work work{std::nullopt, std::exchange(beat_, false), stopping_};
    if (may_take && !presented_.empty()) {
        work.frame = std::move(presented_.front());
        presented_.pop_front();
    }
    return work;
}

void ImageRotation::beat() {
    const std::lock_guard lock(lock_);
    beat_ = true;
    changed_for_present_thread_.notify_one();
}

void ImageRotation::release(std::uint32_t image) {
    const std::lock_guard lock(lock_);
    holders_[image] = Holder::Nobody;
    available_.push_back(image);
}

bool ImageRotation::stopping() {
    const std::lock_guard lock(lock_);
    return stopping_;
}

void ImageRotation::stop() {
    const std::lock_guard lock(lock_);
    stopping_ = true;
    changed_for_present_thread_.notify_all();
}

void ImageRotation::note(VkResult condition) {
    const std::lock_guard lock(lock_);
    if (condition_ < 0) return;
    condition_ = condition;
}

VkResult ImageRotation::condition() {
    const std::lock_guard lock(lock_);
    return condition_;
}

void ImageRotation::retire() {
    const std::lock_guard lock(lock_);
    retired_ = true;
}

bool ImageRotation::retired() {
    const std::lock_guard lock(lock_);
    return retired_;
}

void ImageRotation::note_shown(std::uint64_t id) {
    const std::lock_guard lock(lock_);
    shown_id_ = std::max(shown_id_, id);
}

VkResult ImageRotation::shown_result(std::uint64_t id) {
    const std::lock_guard lock(lock_);
    if (shown_id_ >= id) return VK_SUCCESS;
    return condition_ < 0 ? condition_ : VK_TIMEOUT;
}

}  // namespace vgpu::wsi
