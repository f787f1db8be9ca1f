// Tests what is answered in the guest alone: pipeline cache data and private data.
#include <array>
#include <cstring>

#include "objects.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

TEST_CASE("a pipeline cache's data is the device's header") {
    FakeGpu fake;
    fake.properties.vendorID = 0x1234;
    fake.properties.deviceID = 0x5678;
    fake.properties.pipelineCacheUUID[3] = 9;
    FakeDevice gpu(fake);
    std::size_t size = 0;
    CHECK(entry_vkGetPipelineCacheData(gpu.device, VK_NULL_HANDLE, &size, nullptr) == VK_SUCCESS);
    CHECK(size == 32);
    std::array<std::uint8_t, 40> data;
    data.fill(0xee);
    size = data.size();
    CHECK(entry_vkGetPipelineCacheData(gpu.device, VK_NULL_HANDLE, &size, data.data()) ==
          VK_SUCCESS);
    CHECK(size == 32);
    CHECK(data[32] == 0xee);
    VkPipelineCacheHeaderVersionOne header;
    std::memcpy(&header, data.data(), sizeof(header));
    CHECK(header.headerSize == 32);
    CHECK(header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE);
    CHECK(header.vendorID == 0x1234);
    CHECK(header.deviceID == 0x5678);
    CHECK(header.pipelineCacheUUID[3] == 9);
    size = 31;
    data.fill(0xee);
    CHECK(entry_vkGetPipelineCacheData(gpu.device, VK_NULL_HANDLE, &size, data.data()) ==
          VK_INCOMPLETE);
    CHECK(size == 0);
    CHECK(data[0] == 0xee);
}

TEST_CASE("data of a pipeline cache does not cross") {
    FakeDevice gpu;
    std::size_t sent = 1;
    gpu.host.on_post<wire::Args_vkCreatePipelineCache>(
        [&](const auto& args) { sent = args.pCreateInfo->initialDataSize; });
    const std::uint8_t bytes[64] = {};
    const VkPipelineCacheCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, nullptr, 0,
                                         sizeof(bytes), bytes};
    VkPipelineCache cache = VK_NULL_HANDLE;
    CHECK(entry_vkCreatePipelineCache(gpu.device, &info, nullptr, &cache) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    CHECK(cache != VK_NULL_HANDLE);
    CHECK(sent == 0);
    entry_vkDestroyPipelineCache(gpu.device, cache, nullptr);
}

TEST_CASE("a pipeline cache keeps the driver's lock, whatever the application promises") {
    FakeDevice gpu;
    VkPipelineCacheCreateFlags sent = ~0u;
    gpu.host.on_post<wire::Args_vkCreatePipelineCache>(
        [&](const auto& args) { sent = args.pCreateInfo->flags; });
    const VkPipelineCacheCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, nullptr,
                                         VK_PIPELINE_CACHE_CREATE_EXTERNALLY_SYNCHRONIZED_BIT, 0,
                                         nullptr};
    VkPipelineCache cache = VK_NULL_HANDLE;
    CHECK(entry_vkCreatePipelineCache(gpu.device, &info, nullptr, &cache) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    CHECK(sent == 0);
    entry_vkDestroyPipelineCache(gpu.device, cache, nullptr);
}

TEST_CASE("a pipeline's executables have no internal representations") {
    FakeDevice gpu;
    const VkPipelineExecutableInfoKHR info{VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR};
    std::uint32_t count = 5;
    CHECK(entry_vkGetPipelineExecutableInternalRepresentationsKHR(gpu.device, &info, &count,
                                                                  nullptr) == VK_SUCCESS);
    CHECK(count == 0);
}

TEST_CASE("a surface begins without private data, wherever it lies") {
    FakeInstance opened({},
                        {VK_KHR_SURFACE_EXTENSION_NAME, VK_EXT_HEADLESS_SURFACE_EXTENSION_NAME});
    const VkPrivateDataSlotCreateInfo slot_info{VK_STRUCTURE_TYPE_PRIVATE_DATA_SLOT_CREATE_INFO};
    const VkHeadlessSurfaceCreateInfoEXT info{VK_STRUCTURE_TYPE_HEADLESS_SURFACE_CREATE_INFO_EXT};
    VkPrivateDataSlot slot = VK_NULL_HANDLE;
    REQUIRE(entry_vkCreatePrivateDataSlot(VK_NULL_HANDLE, &slot_info, nullptr, &slot) ==
            VK_SUCCESS);
    // Soon one lies where another lay.
    for (int i = 0; i < 100; ++i) {
        VkSurfaceKHR surface = VK_NULL_HANDLE;
        REQUIRE(entry_vkCreateHeadlessSurfaceEXT(opened.instance, &info, nullptr, &surface) ==
                VK_SUCCESS);
        const auto object = reinterpret_cast<std::uint64_t>(surface);
        std::uint64_t data = 77;
        entry_vkGetPrivateData(VK_NULL_HANDLE, VK_OBJECT_TYPE_SURFACE_KHR, object, slot, &data);
        CHECK(data == 0);
        CHECK(entry_vkSetPrivateData(VK_NULL_HANDLE, VK_OBJECT_TYPE_SURFACE_KHR, object, slot, 5) ==
              VK_SUCCESS);
        entry_vkDestroySurfaceKHR(opened.instance, surface, nullptr);
    }
    entry_vkDestroyPrivateDataSlot(VK_NULL_HANDLE, slot, nullptr);
}

TEST_CASE("private data is 0 until it is set, and belongs to one object and one slot") {
    FakeDevice gpu;
    const VkPrivateDataSlotCreateInfo info{VK_STRUCTURE_TYPE_PRIVATE_DATA_SLOT_CREATE_INFO, nullptr,
                                           0};
    VkPrivateDataSlot slots[2] = {};
    for (VkPrivateDataSlot& slot : slots)
        REQUIRE(entry_vkCreatePrivateDataSlot(gpu.device, &info, nullptr, &slot) == VK_SUCCESS);
    const auto get = [&](VkObjectType type, std::uint64_t object, VkPrivateDataSlot slot) {
        std::uint64_t data = 77;
        entry_vkGetPrivateData(gpu.device, type, object, slot, &data);
        return data;
    };
    constexpr std::uint64_t kSampler = wire::make_id(5, 1), kOther = wire::make_id(5, 2);
    CHECK(get(VK_OBJECT_TYPE_SAMPLER, kSampler, slots[0]) == 0);
    CHECK(entry_vkSetPrivateData(gpu.device, VK_OBJECT_TYPE_SAMPLER, kSampler, slots[0], 41) ==
          VK_SUCCESS);
    CHECK(get(VK_OBJECT_TYPE_SAMPLER, kSampler, slots[0]) == 41);
    CHECK(get(VK_OBJECT_TYPE_SAMPLER, kOther, slots[0]) == 0);
    CHECK(get(VK_OBJECT_TYPE_IMAGE_VIEW, kSampler, slots[0]) == 0);
    CHECK(get(VK_OBJECT_TYPE_SAMPLER, kSampler, slots[1]) == 0);
    for (const VkPrivateDataSlot slot : slots)
        entry_vkDestroyPrivateDataSlot(gpu.device, slot, nullptr);
}

TEST_CASE("a new object in an old one's memory has no private data") {
    FakeDevice gpu;
    const VkPrivateDataSlotCreateInfo info{VK_STRUCTURE_TYPE_PRIVATE_DATA_SLOT_CREATE_INFO, nullptr,
                                           0};
    VkPrivateDataSlot slot = VK_NULL_HANDLE;
    REQUIRE(entry_vkCreatePrivateDataSlot(gpu.device, &info, nullptr, &slot) == VK_SUCCESS);
    for (int i = 0; i < 100; ++i) {
        const OwnFence owned(gpu.device);
        const auto handle = reinterpret_cast<std::uint64_t>(VkFence(owned));
        std::uint64_t data = 77;
        entry_vkGetPrivateData(gpu.device, VK_OBJECT_TYPE_FENCE, handle, slot, &data);
        CHECK(data == 0);
        entry_vkSetPrivateData(gpu.device, VK_OBJECT_TYPE_FENCE, handle, slot, 5);
        entry_vkGetPrivateData(gpu.device, VK_OBJECT_TYPE_FENCE, handle, slot, &data);
        CHECK(data == 5);
    }
    entry_vkDestroyPrivateDataSlot(gpu.device, slot, nullptr);
}

}  // namespace vgpu::icd::test
