// The window of VK_EXT_headless_surface: images rotate and nobody sees them.
#pragma once

#include "wsi/window.h"

namespace vgpu::wsi {

class HeadlessWindow final : public Window {
  public:
    VkResult look(WindowLook& look) override;
    bool wants_pixels() const override { return false; }
    std::span<const VkPresentModeKHR> present_modes() const override { return kAllPresentModes; }
    VkResult make_canvas(const CanvasOrder& order, std::unique_ptr<Canvas>& canvas) override;
};

}  // namespace vgpu::wsi
