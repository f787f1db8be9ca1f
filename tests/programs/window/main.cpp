// vgpu-window shows an animation in a window and checks what the window system has of it at the
// end, where a program may look.
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "common/program.h"
#include "window/painter.h"
#include "window/swapchain.h"
#include "window/wayland_window.h"
#include "window/xcb_window.h"

namespace vgpu::programs {
namespace {

struct Options {
    explicit Options(CommandLine& line)
        : common(line),
          out(line.text("--out", "DIR", "write the last frame there as PNG")),
          frames(line.number("--frames", 60, "how many frames to show")),
          mode(line.number("--mode", VK_PRESENT_MODE_FIFO_KHR, "present mode, as in Vulkan")),
          steady(line.flag("--steady", "do not resize the window half-way")),
          wsi(line.text("--wsi", "NAME", "the window system: xcb (as without it) or wayland")),
          hold(line.flag("--hold", "keep the last frame until stdin ends")) {}
    CommonOptions common;
    std::string& out;
    std::uint32_t& frames;
    std::uint32_t& mode;
    bool& steady;
    std::string& wsi;
    bool& hold;
};

// Red first and opaque, as hashes and pictures want it; what X has in place of alpha is dropped.
std::vector<std::byte> to_rgba(std::vector<std::byte> bgra) {
    for (std::size_t i = 0; i + 3 < bgra.size(); i += 4) {
        std::swap(bgra[i], bgra[i + 2]);
        bgra[i + 3] = std::byte{0xff};
    }
    return bgra;
}

// The same frame, drawn where no window is involved.
std::vector<std::byte> draw_off_screen(const Gpu& gpu, VkExtent2D extent, std::uint32_t frame) {
    const Painter painter(gpu, Swapchain::kFormat, kCopySource.layout);
    const BoundImage image(gpu,
                           {Swapchain::kFormat, extent,
                            VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT});
    const Framebuffer target = painter.make_framebuffer(image.view(), extent);
    run_once(gpu,
             [&](VkCommandBuffer commands) { painter.record(commands, target, extent, frame); });
    return to_rgba(read_image(gpu, image, kCopySource));
}

// A present returns before the server shows it, and X tells nobody when: look until it is there.
bool appears(const Window& window, VkExtent2D extent, const std::vector<std::byte>& expected) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
        if (to_rgba(window.read_back(extent)) == expected) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

// So that somebody else can take a picture of the screen.
void hold(Window& window) {
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) window.answer();
}

void animate(const Options& options, const Gpu& gpu, Window& window, const Surface& surface,
             Report& report) {
    const VkExtent2D larger{400, 300};
    const Painter painter(gpu, Swapchain::kFormat, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
    Swapchain swapchain(gpu, window, surface, painter, static_cast<VkPresentModeKHR>(options.mode));
    for (std::uint32_t frame = 0; frame < options.frames; ++frame) {
        if (frame == options.frames / 2 && !options.steady) {
            window.resize(larger);
            swapchain.fit_window();
        }
        swapchain.show(frame);
        window.answer();
    }
    const VkExtent2D extent = swapchain.extent();
    report.check(extent.width == window.extent().width && extent.height == window.extent().height,
                 "The swapchain follows the window's new size.");
    const std::vector<std::byte> expected = draw_off_screen(gpu, extent, options.frames - 1);
    const bool looks = window.can_read_back();
    if (looks) report.check(appears(window, extent, expected), "The window shows the last frame.");
    report.value("size", std::to_string(extent.width) + " x " + std::to_string(extent.height));
    Stage{gpu, report, options.out}.picture("window", extent,
                                            looks ? to_rgba(window.read_back(extent)) : expected);
    if (options.hold) hold(window);
}

std::unique_ptr<Window> make_window(const std::string& wsi, VkExtent2D extent) {
    if (wsi == "wayland") return std::make_unique<WaylandWindow>(extent);
    if (wsi.empty() || wsi == "xcb") return std::make_unique<XcbWindow>(extent);
    throw std::runtime_error("There is no window system " + wsi + " here: xcb or wayland.");
}

int run(const Options& options) {
    const std::unique_ptr<Window> window = make_window(options.wsi, {320, 240});
    if (!Instance::offers_extension(window->extension()))
        throw NotOffered(std::string("The driver has no ") + window->extension() + ".");
    const Instance instance(options.common.validate,
                            {VK_KHR_SURFACE_EXTENSION_NAME, window->extension()});
    Report report;
    {
        const Surface surface(instance.get(), *window);
        const Gpu gpu(instance, options.common.device, {VK_KHR_SWAPCHAIN_EXTENSION_NAME});
        if (!gpu.enables(VK_KHR_SWAPCHAIN_EXTENSION_NAME))
            throw NotOffered("The device has no swapchains.");
        animate(options, gpu, *window, surface, report);
    }
    report.check(instance.validation_errors() == 0, "The validation layer has no objection.");
    return report.failures() == 0 ? kExitPass : kExitFail;
}

}  // namespace
}  // namespace vgpu::programs

int main(int argc, char** argv) {
    using namespace vgpu::programs;
    CommandLine line("vgpu-window",
                     "Shows an animation in a window, then reads the window back, where that is\n"
                     "allowed, and prints the hash of the last frame.");
    const Options options(line);
    line.parse(argc, argv);
    return guarded([&] { return run(options); });
}
