// Keeps the images of a swapchain going round.
#include "wsi/image_rotation.h"

namespace vgpu::wsi {
namespace {

template <typename Condition>
void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
          std::optional<ImageRotation::Clock::time_point> deadline, Condition condition) {
    if (deadline) {
        changed.wait_until(lock, *deadline, condition);
    } else {
        changed.wait(lock, condition);
    }
}

}  // namespace

ImageRotation::ImageRotation(std::uint32_t images) : holders_(images, Holder::Nobody) {
    for (std::uint32_t i = 0; i < images; ++i) available_.push_back(i);
}

VkResult ImageRotation::acquire(std::optional<Clock::time_point> deadline, std::uint32_t* image) {
    std::unique_lock lock(lock_);
    wait(changed_for_application_, lock, deadline,
         [this] { return retired_ || condition_ < 0 || !available_.empty(); });
    if (condition_ < 0) return condition_;
    if (retired_) return VK_ERROR_OUT_OF_DATE_KHR;
    if (available_.empty()) return VK_TIMEOUT;
    *image = available_.front();
    available_.pop_front();
    holders_[*image] = Holder::Application;
    return condition_;
}

void ImageRotation::undo_acquire(std::uint32_t image) {
    const std::lock_guard lock(lock_);
    holders_[image] = Holder::Nobody;
    available_.push_front(image);
    changed_for_application_.notify_all();
}

bool ImageRotation::acquired(std::uint32_t image) {
    const std::lock_guard lock(lock_);
    return image < holders_.size() && holders_[image] == Holder::Application;
}

void ImageRotation::present(std::uint32_t image) {
    const std::lock_guard lock(lock_);
    holders_[image] = Holder::PresentThread;
    presented_.push_back(image);
    changed_for_present_thread_.notify_one();
}

ImageRotation::Work ImageRotation::await_work(bool may_take,
                                              std::optional<Clock::time_point> deadline) {
    std::unique_lock lock(lock_);
    wait(changed_for_present_thread_, lock, deadline,
         [&] { return stopping_ || (may_take && !presented_.empty()); });
    Work work{std::nullopt, stopping_};
    if (may_take && !presented_.empty()) {
        work.image = presented_.front();
        presented_.pop_front();
    }
    return work;
}

void ImageRotation::release(std::uint32_t image) {
    const std::lock_guard lock(lock_);
    holders_[image] = Holder::Nobody;
    available_.push_back(image);
    changed_for_application_.notify_all();
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
    if (condition_ < 0) changed_for_application_.notify_all();
}

VkResult ImageRotation::condition() {
    const std::lock_guard lock(lock_);
    return condition_;
}

void ImageRotation::retire() {
    const std::lock_guard lock(lock_);
    retired_ = true;
    changed_for_application_.notify_all();
}

bool ImageRotation::retired() {
    const std::lock_guard lock(lock_);
    return retired_;
}

}  // namespace vgpu::wsi
