// Hands pixels to libpng's simplified interface.
#include "common/png.h"

#include <png.h>

#include <stdexcept>

namespace vgpu::programs {

void write_png(const std::string& path, std::uint32_t width, std::uint32_t height,
               std::span<const std::byte> rgba) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = PNG_FORMAT_RGBA;
    if (rgba.size() < std::size_t{width} * height * 4)
        throw std::runtime_error(path + " would have more pixels than were rendered.");
    if (png_image_write_to_file(&image, path.c_str(), 0, rgba.data(), 0, nullptr) == 0)
        throw std::runtime_error(path + " cannot be written: " + image.message + ".");
}

}  // namespace vgpu::programs
