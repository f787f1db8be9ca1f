// Reads the switches of the window system code from the environment.
#include "wsi/options.h"

#include <cstdlib>
#include <string_view>

namespace vgpu::wsi {
namespace {

constexpr unsigned long kMaxRefreshHz = 1000;

void read_put_way(const char* text, Options& options) {
    const std::string_view way = text;
    if (way == "pages") options.best_put_way = PutWay::Pages;
    if (way == "segment") options.best_put_way = PutWay::Segment;
    if (way == "request") options.best_put_way = PutWay::Request;
}

void read_refresh(const char* text, Options& options) {
    char* end = nullptr;
    const unsigned long hz = std::strtoul(text, &end, 10);
    if (end != text && *end == '\0' && hz <= kMaxRefreshHz) {
        options.refresh_hz = static_cast<std::uint32_t>(hz);
    }
}

}  // namespace

Options options_from_environment() {
    Options options;
    if (const char* way = std::getenv("VGPU_WSI_PUT")) read_put_way(way, options);
    if (const char* hz = std::getenv("VGPU_WSI_REFRESH_HZ")) read_refresh(hz, options);
    return options;
}

}  // namespace vgpu::wsi
