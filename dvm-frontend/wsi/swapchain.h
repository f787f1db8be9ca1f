// What a VkSwapchainKHR of this ICD points at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "wire/ids.h"
#include "wsi/driver.h"
#include "wsi/image_copier.h"
#include "wsi/image_recipe.h"
#include "wsi/image_rotation.h"
#include "wsi/present_thread.h"
#include "wsi/surface.h"
#include "wsi/swapchain_image.h"

namespace vgpu::wsi {

// Brings images back into the rotation, and wakes who waits for one. Owned by the Swapchain.
class RotationListener final : public CanvasListener {
  public:
    RotationListener(const Driver& driver, ImageRotation& rotation)
        : driver_(driver), rotation_(rotation) {}
    void released(std::uint32_t image) override;
    void beat() override { rotation_.beat(); }
    void lost() override;

  private:
    const Driver& driver_;
    ImageRotation& rotation_;
};

// Owned by the application, from create_swapchain to destroy_swapchain. Its calls come from any
// thread, one at a time as Vulkan demands; the present thread works beside them.
class Swapchain : public wire::GuestObject {
  public:
    // Retires info.oldSwapchain, whatever comes of it.
    static VkResult create(const Driver& driver, const Options& options,
                           const VkSwapchainCreateInfoKHR& info,
                           std::unique_ptr<Swapchain>& swapchain);
    Swapchain(const Swapchain&) = delete;
    Swapchain& operator=(const Swapchain&) = delete;
    // Shows what was presented, then frees all; bounded by PresentWork::patience.
    ~Swapchain();

    const ImageRecipe& recipe() const { return recipe_; }
    std::span<const SwapchainImage> images() const { return images_; }
    PutWay put_way() const { return canvas_->way(); }

    VkResult acquire(std::uint64_t timeout_ns, VkSemaphore semaphore, VkFence fence,
                     std::uint32_t* index);
    // One swapchain's part of a vkQueuePresentKHR.
    struct Presentation {
        VkQueue queue = VK_NULL_HANDLE;
        std::uint32_t queue_family = 0;
        std::span<const VkSemaphore> semaphores;
        std::uint32_t index = 0;
        std::optional<VkPresentModeKHR> mode;  // nothing: as before
        std::uint64_t id = 0;                  // of VK_KHR_present_id; 0: none
        VkFence fence = VK_NULL_HANDLE;        // of VK_EXT_swapchain_maintenance1
        std::span<const VkRectLayerKHR> rectangles;
    };
    // Submits the copy of an image that the application acquired, after the semaphores, and then
    // the fence, whatever comes of the rest.
    VkResult present(const Presentation& presentation);
    // Waits until a frame of this id or a greater one has been shown.
    VkResult wait_for_present(std::uint64_t id, std::uint64_t timeout_ns);
    // Takes images back that the application acquired and will not present.
    void release(std::span<const std::uint32_t> indices);

  private:
    Swapchain(const Driver& driver, const VkSwapchainCreateInfoKHR& info);

    VkResult make_images(std::uint32_t count, bool wants_pixels);
    VkResult make_canvas(const VkSwapchainCreateInfoKHR& info);
    void start(const Options& options);
    VkResult take(std::uint64_t timeout_ns, std::uint32_t* index);
    VkResult present_image(const Presentation& presentation);
    VkResult submit_copy(const Presentation& presentation);
    std::vector<VkRect2D> damage_of(std::span<const VkRectLayerKHR> rectangles) const;

    const Driver& driver_;
    const std::shared_ptr<ShowOrder> order_;
    const ImageRecipe recipe_;
    std::vector<SwapchainImage> images_;
    ImageCopier copier_;
    std::optional<ImageRotation> rotation_;
    std::optional<RotationListener> listener_;
    VkPresentModeKHR mode_;                // of the present before
    std::unique_ptr<Canvas> canvas_;       // uses what stands before it
    std::optional<PresentThread> thread_;  // last: it uses the others
};

}  // namespace vgpu::wsi
