#include "icd/image_limits.h"

#include "entries.h"
#include "fake_gpu.h"
#include "tests/catch.h"

using namespace vgpu::icd;
using namespace vgpu;
using test::FakeGpu;
using test::FakeInstance;

namespace {

VkImageCreateInfo square(std::uint32_t side) {
    return {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
            .imageType = VK_IMAGE_TYPE_2D,
            .format = VK_FORMAT_R8G8B8A8_UNORM,
            .extent = {side, side, 1},
            .mipLevels = 1,
            .arrayLayers = 1,
            .samples = VK_SAMPLE_COUNT_1_BIT,
            .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
}

// A host that answers image formats with these limits.
struct Limits : FakeInstance {
    explicit Limits(VkImageFormatProperties most = {}, VkResult result = VK_SUCCESS) {
        using namespace wire;
        host.on<Args_vkGetPhysicalDeviceImageFormatProperties,
                Reply_vkGetPhysicalDeviceImageFormatProperties>(
            [most, result](const auto& args, auto& reply) {
                *args.pImageFormatProperties = most;
                reply.pImageFormatProperties = args.pImageFormatProperties;
                reply.result = result;
            });
    }
    bool fits(const VkImageCreateInfo& info) {
        return within_limits(object_of<PhysicalDevice>(gpu), info);
    }
    std::size_t asked() const {
        return host.count(wire::Command::vkGetPhysicalDeviceImageFormatProperties);
    }
};

}  // namespace

TEST_CASE("texel sizes follow the groups of formats") {
    CHECK(texel_bytes(VK_FORMAT_R4G4_UNORM_PACK8) == 1);
    CHECK(texel_bytes(VK_FORMAT_R5G6B5_UNORM_PACK16) == 2);
    CHECK(texel_bytes(VK_FORMAT_R8_UNORM) == 1);
    CHECK(texel_bytes(VK_FORMAT_B8G8R8_UNORM) == 3);
    CHECK(texel_bytes(VK_FORMAT_B8G8R8A8_UNORM) == 4);
    CHECK(texel_bytes(VK_FORMAT_A2R10G10B10_UNORM_PACK32) == 4);
    CHECK(texel_bytes(VK_FORMAT_R16G16B16A16_SFLOAT) == 8);
    CHECK(texel_bytes(VK_FORMAT_R32G32B32A32_SFLOAT) == 16);
    CHECK(texel_bytes(VK_FORMAT_R64G64B64A64_SFLOAT) == 32);
    CHECK(texel_bytes(VK_FORMAT_B10G11R11_UFLOAT_PACK32) == 4);
    CHECK(texel_bytes(VK_FORMAT_D16_UNORM) == 2);
    CHECK(texel_bytes(VK_FORMAT_D32_SFLOAT) == 4);
    CHECK(texel_bytes(VK_FORMAT_S8_UINT) == 1);
    CHECK(texel_bytes(VK_FORMAT_BC7_SRGB_BLOCK) == 1);
    CHECK(texel_bytes(VK_FORMAT_G8_B8_R8_3PLANE_420_UNORM) == 16);
}

TEST_CASE("the bytes of an image never overflow") {
    VkImageCreateInfo info = square(UINT32_MAX);
    info.extent.depth = UINT32_MAX;
    info.arrayLayers = UINT32_MAX;
    CHECK(least_bytes(info) == UINT64_MAX);
    CHECK(least_bytes(square(64)) == 64 * 64 * 4);
}

TEST_CASE("a usual image asks the host nothing") {
    Limits limits({}, VK_ERROR_FORMAT_NOT_SUPPORTED);
    CHECK(limits.fits(square(4096)));
    CHECK(limits.asked() == 0);
}

TEST_CASE("a large image is compared with the limits of its kind") {
    VkImageFormatProperties most{{16384, 16384, 1}, 15, 2048, VK_SAMPLE_COUNT_1_BIT, 1ull << 32};
    VkImageCreateInfo large = square(4096);
    large.arrayLayers = 8;
    CHECK(Limits(most).fits(large));
    most.maxResourceSize = 8ull * 4096 * 4096 * 4 - 1;
    CHECK_FALSE(Limits(most).fits(large));
    most.maxResourceSize = 1ull << 32;
    most.maxArrayLayers = 7;
    CHECK_FALSE(Limits(most).fits(large));
    most.maxArrayLayers = 8;
    most.maxExtent.height = 4095;
    CHECK_FALSE(Limits(most).fits(large));
}

TEST_CASE("an image beyond the device's dimensions is asked for, however small") {
    VkImageCreateInfo wide = square(1);
    wide.extent.width = 4097;
    Limits limits({}, VK_ERROR_FORMAT_NOT_SUPPORTED);
    CHECK_FALSE(limits.fits(wide));
    CHECK(limits.asked() == 1);
}
