#include "icd/image.h"

#include "entries.h"
#include "fake_gpu.h"
#include "tests/catch.h"

using namespace vgpu::icd;
using namespace vgpu;
using test::FakeDevice;

namespace {

VkImageCreateInfo image_info() {
    return {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
            .imageType = VK_IMAGE_TYPE_2D,
            .format = VK_FORMAT_R8G8B8A8_UNORM,
            .extent = {64, 64, 1},
            .mipLevels = 1,
            .arrayLayers = 1,
            .samples = VK_SAMPLE_COUNT_1_BIT,
            .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
}

struct Fixture : FakeDevice {
    Fixture() {
        host.on<wire::Args_vkGetImageMemoryRequirements2,
                wire::Reply_vkGetImageMemoryRequirements2>([](const auto& args, auto& reply) {
            args.pMemoryRequirements->memoryRequirements = {16384, 64, 2};
            reply.pMemoryRequirements = args.pMemoryRequirements;
        });
    }
    VkImage create(const VkImageCreateInfo& info = image_info()) {
        VkImage image = VK_NULL_HANDLE;
        CHECK(entry_vkCreateImage(device, &info, nullptr, &image) == VK_SUCCESS);
        return image;
    }
    std::size_t asked() const { return host.count(wire::Command::vkGetImageMemoryRequirements2); }
};

}  // namespace

TEST_CASE("requirements are asked once for images of one kind") {
    Fixture f;
    const VkImage images[] = {f.create(), f.create()};
    for (const VkImage image : images) {
        VkMemoryRequirements requirements{};
        entry_vkGetImageMemoryRequirements(f.device, image, &requirements);
        CHECK(requirements.size == 16384);
        CHECK(requirements.memoryTypeBits == 2);
    }
    CHECK(f.asked() == 1);
    for (const VkImage image : images) entry_vkDestroyImage(f.device, image, nullptr);
    entry_vkDestroyImage(f.device, VK_NULL_HANDLE, nullptr);
}

TEST_CASE("the requirements of one plane are the host's to say each time") {
    Fixture f;
    const VkImage image = f.create();
    const VkImagePlaneMemoryRequirementsInfo plane{
        .sType = VK_STRUCTURE_TYPE_IMAGE_PLANE_MEMORY_REQUIREMENTS_INFO,
        .planeAspect = VK_IMAGE_ASPECT_PLANE_0_BIT};
    const VkImageMemoryRequirementsInfo2 info{VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2,
                                              &plane, image};
    for (std::size_t times = 1; times <= 2; ++times) {
        VkMemoryRequirements2 requirements{.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
        entry_vkGetImageMemoryRequirements2(f.device, &info, &requirements);
        CHECK(requirements.memoryRequirements.size == 16384);
        CHECK(f.asked() == times);
    }
    entry_vkDestroyImage(f.device, image, nullptr);
}

TEST_CASE("an image beyond the limits is refused, because its create would not wait") {
    Fixture f;
    f.host.on<wire::Args_vkGetPhysicalDeviceImageFormatProperties,
              wire::Reply_vkGetPhysicalDeviceImageFormatProperties>(
        [](const auto&, auto& reply) { reply.result = VK_ERROR_FORMAT_NOT_SUPPORTED; });
    VkImageCreateInfo info = image_info();
    info.extent.width = 5000;
    VkImage image = VK_NULL_HANDLE;
    CHECK(entry_vkCreateImage(f.device, &info, nullptr, &image) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    CHECK(image == VK_NULL_HANDLE);
    CHECK(f.host.count(wire::Command::vkCreateImage) == 0);
}

TEST_CASE("images are bound to the memory that is named, at its offset") {
    Fixture f;
    const VkMemoryAllocateInfo allocation{.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                          .allocationSize = 65536,
                                          .memoryTypeIndex = test::FakeGpu::kLocal};
    VkDeviceMemory memory = VK_NULL_HANDLE;
    REQUIRE(entry_vkAllocateMemory(f.device, &allocation, nullptr, &memory) == VK_SUCCESS);
    const VkImage image = f.create();
    std::uint64_t image_bound = 0, memory_bound = 0, offset = 0;
    f.host.on_post<wire::Args_vkBindImageMemory2>([&](const auto& args) {
        // Without a table of handles they stand for ids.
        image_bound = reinterpret_cast<std::uint64_t>(args.pBindInfos[0].image);
        memory_bound = reinterpret_cast<std::uint64_t>(args.pBindInfos[0].memory);
        offset = args.pBindInfos[0].memoryOffset;
    });
    const VkBindImageMemoryInfo bind{VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO, nullptr, image,
                                     memory, 4096};
    CHECK(entry_vkBindImageMemory2(f.device, 1, &bind) == VK_SUCCESS);
    context_of(f.device).publish_all();
    CHECK(image_bound == id_of(image));
    CHECK(memory_bound == id_of(memory));
    CHECK(offset == 4096);
    entry_vkDestroyImage(f.device, image, nullptr);
    entry_vkFreeMemory(f.device, memory, nullptr);
}

TEST_CASE("a lost context creates no image") {
    Fixture f;
    context_of(f.device).mark_lost();
    const VkImageCreateInfo info = image_info();
    VkImage image = VK_NULL_HANDLE;
    CHECK(entry_vkCreateImage(f.device, &info, nullptr, &image) == VK_ERROR_DEVICE_LOST);
    CHECK(entry_vkBindImageMemory2(f.device, 0, nullptr) == VK_ERROR_DEVICE_LOST);
}
