// Creates a swapchain's parts and moves its images between application and present thread.
#include "wsi/swapchain.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "wsi/surface_entry.h"

namespace vgpu::wsi {
namespace {

using Clock = ImageRotation::Clock;

constexpr std::chrono::seconds kSecond{1};

// Nothing for waits that are longer than the clock can count.
std::optional<Clock::time_point> deadline_after(std::uint64_t timeout_ns) {
    constexpr std::uint64_t kEndless = std::numeric_limits<std::int64_t>::max() / 2;
    if (timeout_ns > kEndless) return std::nullopt;
    return Clock::now() + std::chrono::nanoseconds(timeout_ns);
}

// Refuses what a valid application does not ask for and what would break a promise further down:
// the staging copies rely on the size of a pixel.
VkResult check(const PhysicalDriver& driver, const VkSwapchainCreateInfoKHR& info,
               WindowLook& look) {
    Window& window = *from_handle<Surface>(info.surface)->window;
    const VkResult result = window.look(look);
    if (result != VK_SUCCESS) return result;
    const auto formats = surface_formats(driver, look.layouts);
    const bool known_format = std::any_of(
        formats.begin(), formats.end(),
        [&](const VkSurfaceFormatKHR& format) { return format.format == info.imageFormat; });
    const auto modes = window.present_modes();
    const bool known_mode = std::find(modes.begin(), modes.end(), info.presentMode) != modes.end();
    const bool has_pixels = info.imageExtent.width != 0 && info.imageExtent.height != 0;
    const bool ours = known_format && known_mode && has_pixels && info.imageArrayLayers == 1;
    return ours ? VK_SUCCESS : VK_ERROR_INITIALIZATION_FAILED;
}

Clock::duration period_of_rate(std::uint32_t hz) {
    return hz == 0 ? Clock::duration::zero() : Clock::duration(kSecond) / hz;
}

VkResult submit_after(const Driver& driver, VkQueue queue, std::span<const VkSemaphore> semaphores,
                      std::span<const VkCommandBuffer> commands, VkFence fence) {
    const std::vector<VkPipelineStageFlags> stages(semaphores.size(),
                                                   VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
    VkSubmitInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    info.waitSemaphoreCount = static_cast<std::uint32_t>(semaphores.size());
    info.pWaitSemaphores = semaphores.data();
    info.pWaitDstStageMask = stages.data();
    info.commandBufferCount = static_cast<std::uint32_t>(commands.size());
    info.pCommandBuffers = commands.data();
    return driver.QueueSubmit(queue, 1, &info, fence);
}

}  // namespace

VkResult Swapchain::create(const Driver& driver, const Options& options,
                           const VkSwapchainCreateInfoKHR& info,
                           std::unique_ptr<Swapchain>& swapchain) {
    if (auto* old = from_handle<Swapchain>(info.oldSwapchain)) {
        old->rotation_->retire();
        if (old->rotation_->awaited()) driver.wake();
    }
    WindowLook look;
    if (const VkResult result = check(driver, info, look); result != VK_SUCCESS) return result;
    std::unique_ptr<Swapchain> made(new Swapchain(driver, info));
    Window& window = *from_handle<Surface>(info.surface)->window;
    VkResult result =
        made->make_images(std::max(info.minImageCount, look.min_images), window.wants_pixels());
    if (result != VK_SUCCESS) return result;
    result = made->make_canvas(info);
    if (result != VK_SUCCESS) return result;
    made->start(options);
    swapchain = std::move(made);
    return VK_SUCCESS;
}

Swapchain::Swapchain(const Driver& driver, const VkSwapchainCreateInfoKHR& info)
    : driver_(driver),
      order_(from_handle<Surface>(info.surface)->order),
      recipe_(info),
      copier_(driver, info.imageExtent),
      mode_(info.presentMode) {}

Swapchain::~Swapchain() {
    if (!thread_ || thread_->finish()) return;
    // The device did not finish a copy in time: better to lose the memory than to free what it
    // still writes.
    copier_.leak();
    for (SwapchainImage& image : images_) image.leak();
}

VkResult Swapchain::make_images(std::uint32_t count, bool wants_pixels) {
    for (std::uint32_t i = 0; i < count; ++i) {
        const VkResult result = SwapchainImage::create(driver_, recipe_, wants_pixels, images_);
        if (result != VK_SUCCESS) return result;
    }
    return VK_SUCCESS;
}

VkResult Swapchain::make_canvas(const VkSwapchainCreateInfoKHR& info) {
    std::vector<FramePixels> frames;
    for (const SwapchainImage& image : images_) frames.push_back(image.pixels());
    rotation_.emplace(static_cast<std::uint32_t>(images_.size()));
    listener_.emplace(driver_, *rotation_);
    CanvasOrder order;
    order.extent = info.imageExtent;
    order.layout = layout_of_format(info.imageFormat);
    order.opaque = info.compositeAlpha == VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
    order.frames = frames;
    order.listener = &*listener_;
    return from_handle<Surface>(info.surface)->window->make_canvas(order, canvas_);
}

void Swapchain::start(const Options& options) {
    std::uint64_t generation = 0;
    {
        const std::lock_guard lock(order_->lock);
        generation = ++order_->last_generation;
    }
    std::optional<Clock::duration> period;
    if (options.refresh_hz) {
        period = period_of_rate(*options.refresh_hz);
    } else if (!canvas_->paces()) {
        period = canvas_->refresh_period().value_or(period_of_rate(kDefaultRefreshHz));
    }
    thread_.emplace(
        PresentWork{driver_, *rotation_, images_, *canvas_, *order_, generation, period});
}

VkResult Swapchain::acquire(std::uint64_t timeout_ns, VkSemaphore semaphore, VkFence fence,
                            std::uint32_t* index) {
    if (driver_.device_lost()) rotation_->note(VK_ERROR_DEVICE_LOST);
    rotation_->note(canvas_->news());
    const VkResult taken = take(timeout_ns, index);
    if (taken == VK_TIMEOUT && timeout_ns == 0) return VK_NOT_READY;
    if (taken != VK_SUCCESS && taken != VK_SUBOPTIMAL_KHR) return taken;
    // The image is idle: nothing that was submitted for it is under way any more.
    const VkResult signalled = driver_.signal_now(semaphore, fence);
    if (signalled == VK_SUCCESS) return taken;
    rotation_->undo_acquire(*index);
    return signalled;
}

VkResult Swapchain::take(std::uint64_t timeout_ns, std::uint32_t* index) {
    const VkResult now = rotation_->try_acquire(index);
    if (now != VK_TIMEOUT || timeout_ns == 0) return now;
    const ImageRotation::Awaiting awaiting(*rotation_);
    driver_.wait([this] { return rotation_->can_answer(); }, deadline_after(timeout_ns));
    if (driver_.device_lost()) rotation_->note(VK_ERROR_DEVICE_LOST);
    return rotation_->try_acquire(index);
}

VkResult Swapchain::present(const Presentation& presentation) {
    const VkResult result = present_image(presentation);
    if (presentation.fence == VK_NULL_HANDLE) return result;
    // After the copy, on the same queue: semaphores and image are the application's again.
    const VkResult fenced = submit_after(driver_, presentation.queue, {}, {}, presentation.fence);
    return fenced == VK_SUCCESS ? result : fenced;
}

VkResult Swapchain::present_image(const Presentation& presentation) {
    rotation_->note(canvas_->news());
    if (!rotation_->acquired(presentation.index)) {
        // Not the application's to present. Presenting consumes the semaphores all the same.
        submit_after(driver_, presentation.queue, presentation.semaphores, {}, VK_NULL_HANDLE);
        return VK_ERROR_OUT_OF_DATE_KHR;
    }
    const VkResult result = submit_copy(presentation);
    if (result == VK_ERROR_DEVICE_LOST) rotation_->note(result);
    if (result != VK_SUCCESS) return result;
    if (presentation.mode) mode_ = *presentation.mode;
    rotation_->present(
        {presentation.index, mode_, presentation.id, damage_of(presentation.rectangles)});
    return rotation_->condition();
}

VkResult Swapchain::submit_copy(const Presentation& presentation) {
    SwapchainImage& image = images_[presentation.index];
    VkCommandBuffer copy = VK_NULL_HANDLE;
    std::span<const VkCommandBuffer> commands;
    if (image.staging() != VK_NULL_HANDLE) {
        const VkResult result = copier_.commands_for(presentation.queue_family, image, &copy);
        if (result != VK_SUCCESS) {
            submit_after(driver_, presentation.queue, presentation.semaphores, {}, VK_NULL_HANDLE);
            return result;
        }
        commands = std::span(&copy, 1);
    }
    const VkFence fence = image.copied();
    const VkResult result = driver_.ResetFences(driver_.device, 1, &fence);
    if (result != VK_SUCCESS) return result;
    return submit_after(driver_, presentation.queue, presentation.semaphores, commands, fence);
}

// Clipped to the image: the window system gets nothing that it could find fault with.
std::vector<VkRect2D> Swapchain::damage_of(std::span<const VkRectLayerKHR> rectangles) const {
    std::vector<VkRect2D> damage;
    const VkExtent2D extent = recipe_.extent();
    for (const VkRectLayerKHR& rectangle : rectangles) {
        const auto left = std::clamp<std::int64_t>(rectangle.offset.x, 0, extent.width);
        const auto top = std::clamp<std::int64_t>(rectangle.offset.y, 0, extent.height);
        const auto right = std::clamp<std::int64_t>(
            std::int64_t{rectangle.offset.x} + rectangle.extent.width, left, extent.width);
        const auto bottom = std::clamp<std::int64_t>(
            std::int64_t{rectangle.offset.y} + rectangle.extent.height, top, extent.height);
        damage.push_back(
            {{static_cast<std::int32_t>(left), static_cast<std::int32_t>(top)},
             {static_cast<std::uint32_t>(right - left), static_cast<std::uint32_t>(bottom - top)}});
    }
    return damage;
}

VkResult Swapchain::wait_for_present(std::uint64_t id, std::uint64_t timeout_ns) {
    const auto result = [&] {
        if (driver_.device_lost()) rotation_->note(VK_ERROR_DEVICE_LOST);
        rotation_->note(canvas_->news());
        return rotation_->shown_result(id);
    };
    const VkResult now = result();
    if (now != VK_TIMEOUT || timeout_ns == 0) return now;
    const ImageRotation::Awaiting awaiting(*rotation_);
    driver_.wait([&] { return rotation_->shown_result(id) != VK_TIMEOUT; },
                 deadline_after(timeout_ns));
    return result();
}

void Swapchain::release(std::span<const std::uint32_t> indices) {
    for (const std::uint32_t index : indices) {
        if (rotation_->acquired(index)) rotation_->release(index);
    }
    if (rotation_->awaited()) driver_.wake();
}

void RotationListener::released(std::uint32_t image) {
    rotation_.release(image);
    if (rotation_.awaited()) driver_.wake();
}

void RotationListener::lost() {
    rotation_.note(VK_ERROR_SURFACE_LOST_KHR);
    rotation_.beat();
    if (rotation_.awaited()) driver_.wake();
}

}  // namespace vgpu::wsi
