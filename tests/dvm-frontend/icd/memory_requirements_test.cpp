#include "icd/memory_requirements.h"

#include <memory>

#include "icd/requirements_answer.h"
#include "tests/catch.h"

using namespace vgpu::icd;

namespace {

VkImageCreateInfo image_info() {
    return {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
            .imageType = VK_IMAGE_TYPE_2D,
            .format = VK_FORMAT_R8G8B8A8_UNORM,
            .extent = {64, 32, 1},
            .mipLevels = 2,
            .arrayLayers = 3,
            .samples = VK_SAMPLE_COUNT_1_BIT,
            .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
}
VkBufferCreateInfo buffer_info(VkDeviceSize size) {
    return {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
            .size = size,
            .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT};
}
KeptRequirements requirements(VkDeviceSize size) {
    KeptRequirements kept;
    kept.memory = {size, 16, 1};
    return kept;
}

}  // namespace

TEST_CASE("a second object of the same kind finds what the first was told") {
    RequirementsCache cache;
    ObjectRequirements first{RequirementsKey(buffer_info(100)), {}};
    ObjectRequirements second{RequirementsKey(buffer_info(100)), {}};
    ObjectRequirements other{RequirementsKey(buffer_info(101)), {}};
    CHECK_FALSE(cache.find(first));
    cache.keep(first, requirements(112));
    REQUIRE(cache.find(second));
    CHECK(cache.find(second)->memory.size == 112);
    CHECK_FALSE(cache.find(other));
}

TEST_CASE("an object that only it can be asked keeps its own answer") {
    RequirementsCache cache;
    ObjectRequirements first, second;
    cache.keep(first, requirements(112));
    REQUIRE(cache.find(first));
    CHECK_FALSE(cache.find(second));
}

TEST_CASE("a chain or concurrent sharing makes a kind unusable") {
    VkBufferCreateInfo buffer = buffer_info(1);
    CHECK(RequirementsKey(buffer).usable());
    buffer.sharingMode = VK_SHARING_MODE_CONCURRENT;
    CHECK_FALSE(RequirementsKey(buffer).usable());
    VkImageCreateInfo image = image_info();
    CHECK(RequirementsKey(image).usable());
    image.pNext = &buffer;
    CHECK_FALSE(RequirementsKey(image).usable());
}

TEST_CASE("each field of an image makes a kind of its own") {
    const RequirementsKey plain(image_info());
    const auto differs = [&](auto change) {
        VkImageCreateInfo info = image_info();
        change(info);
        return !(RequirementsKey(info) == plain);
    };
    CHECK_FALSE(differs([](VkImageCreateInfo&) {}));
    CHECK(differs([](auto& i) { i.flags = VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT; }));
    CHECK(differs([](auto& i) { i.imageType = VK_IMAGE_TYPE_3D; }));
    CHECK(differs([](auto& i) { i.format = VK_FORMAT_R8_UNORM; }));
    CHECK(differs([](auto& i) { i.extent.width = 65; }));
    CHECK(differs([](auto& i) { i.extent.height = 33; }));
    CHECK(differs([](auto& i) { i.extent.depth = 2; }));
    CHECK(differs([](auto& i) { i.mipLevels = 1; }));
    CHECK(differs([](auto& i) { i.arrayLayers = 4; }));
    CHECK(differs([](auto& i) { i.samples = VK_SAMPLE_COUNT_4_BIT; }));
    CHECK(differs([](auto& i) { i.tiling = VK_IMAGE_TILING_LINEAR; }));
    CHECK(differs([](auto& i) { i.usage = VK_IMAGE_USAGE_STORAGE_BIT; }));
    CHECK(differs([](auto& i) { i.initialLayout = VK_IMAGE_LAYOUT_PREINITIALIZED; }));
}

TEST_CASE("no more than the limit of kinds is kept") {
    RequirementsCache cache;
    for (std::size_t i = 0; i <= RequirementsCache::kKindsMax; ++i) {
        ObjectRequirements object{RequirementsKey(buffer_info(i + 1)), {}};
        cache.keep(object, requirements(i + 1));
    }
    ObjectRequirements kept{RequirementsKey(buffer_info(RequirementsCache::kKindsMax)), {}};
    ObjectRequirements not_kept{RequirementsKey(buffer_info(RequirementsCache::kKindsMax + 1)), {}};
    CHECK(cache.find(kept));
    CHECK_FALSE(cache.find(not_kept));
}

TEST_CASE("a chain is answered only if everything in it is known") {
    KeptRequirements kept = requirements(64);
    VkMemoryRequirements2 plain{.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
    CHECK(answer(kept, plain));
    CHECK(plain.memoryRequirements.size == 64);

    VkMemoryDedicatedRequirements dedicated{.sType =
                                                VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS};
    VkMemoryRequirements2 chained{.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2,
                                  .pNext = &dedicated};
    CHECK_FALSE(answer(kept, chained));
    kept.dedicated_known = true;
    kept.requires_dedicated = VK_TRUE;
    CHECK(answer(kept, chained));
    CHECK(dedicated.requiresDedicatedAllocation == VK_TRUE);
    CHECK(dedicated.prefersDedicatedAllocation == VK_FALSE);
}
