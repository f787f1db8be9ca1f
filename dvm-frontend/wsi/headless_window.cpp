// Accepts every image and shows none.
#include "wsi/headless_window.h"

namespace vgpu::wsi {
namespace {

class HeadlessCanvas final : public Canvas {
  public:
    VkResult put(std::uint32_t) override { return VK_SUCCESS; }
    VkResult news() override { return VK_SUCCESS; }
    PutWay way() const override { return PutWay::Nowhere; }
};

}  // namespace

VkResult HeadlessWindow::look(WindowLook& look) {
    look = {std::nullopt, PixelLayout::Bgra8, true};
    return VK_SUCCESS;
}

VkResult HeadlessWindow::make_canvas(VkExtent2D, std::span<const FramePixels>,
                                     std::unique_ptr<Canvas>& canvas) {
    canvas = std::make_unique<HeadlessCanvas>();
    return VK_SUCCESS;
}

}  // namespace vgpu::wsi
