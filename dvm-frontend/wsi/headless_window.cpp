// Accepts every image and shows none.
#include "wsi/headless_window.h"

namespace vgpu::wsi {
namespace {

class HeadlessCanvas final : public Canvas {
  public:
    PutOutcome put(std::uint32_t, std::span<const VkRect2D>) override { return {}; }
    VkResult news() override { return VK_SUCCESS; }
    PutWay way() const override { return PutWay::Nowhere; }
};

}  // namespace

VkResult HeadlessWindow::look(WindowLook& look) {
    look = {};
    look.layouts = {PixelLayout::Bgra8};
    look.composite_alpha =
        VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR | VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR;
    return VK_SUCCESS;
}

VkResult HeadlessWindow::make_canvas(const CanvasOrder&, std::unique_ptr<Canvas>& canvas) {
    canvas = std::make_unique<HeadlessCanvas>();
    return VK_SUCCESS;
}

}  // namespace vgpu::wsi
