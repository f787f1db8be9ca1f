// Tests that draws which lie at a stride are sent as they are meant.
#include <vector>

#include "objects.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

TEST_CASE("draws at a stride are sent one after the other") {
    FakeDevice gpu;
    std::vector<std::uint32_t> firsts;
    std::uint32_t stride = 0;
    gpu.host.on_post<wire::Args_vkCmdDrawMultiEXT>([&](const auto& args) {
        stride = args.stride;
        for (std::uint32_t i = 0; i < args.drawCount; ++i)
            firsts.push_back(args.pVertexInfo[i].firstVertex);
    });
    struct Element {
        VkMultiDrawInfoEXT draw;
        std::uint32_t other[3];
    };
    constexpr std::uint32_t kCount = 200;
    std::vector<Element> elements(kCount);
    for (std::uint32_t i = 0; i < kCount; ++i) elements[i].draw = {i * 3, 3};
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer buffer = pool.allocate();
    begin(buffer);
    entry_vkCmdDrawMultiEXT(buffer, kCount, &elements[0].draw, 1, 0, sizeof(Element));
    entry_vkCmdDrawMultiEXT(buffer, 0, nullptr, 1, 0, 0);
    CHECK(entry_vkEndCommandBuffer(buffer) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    CHECK(stride == sizeof(VkMultiDrawInfoEXT));
    REQUIRE(firsts.size() == kCount);
    for (std::uint32_t i = 0; i < kCount; ++i) CHECK(firsts[i] == i * 3);
}

TEST_CASE("indexed draws keep their offsets") {
    FakeDevice gpu;
    std::vector<std::int32_t> offsets;
    gpu.host.on_post<wire::Args_vkCmdDrawMultiIndexedEXT>([&](const auto& args) {
        for (std::uint32_t i = 0; i < args.drawCount; ++i)
            offsets.push_back(args.pIndexInfo[i].vertexOffset);
        offsets.push_back(args.pVertexOffset ? *args.pVertexOffset : -1);
    });
    const VkMultiDrawIndexedInfoEXT draws[] = {{0, 3, 5}, {3, 3, -6}};
    const std::int32_t all = 8;
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer buffer = pool.allocate();
    begin(buffer);
    entry_vkCmdDrawMultiIndexedEXT(buffer, 2, draws, 1, 0, sizeof(draws[0]), &all);
    entry_vkEndCommandBuffer(buffer);
    context_of(gpu.device).publish_all();
    CHECK(offsets == std::vector<std::int32_t>{5, -6, 8});
}

}  // namespace vgpu::icd::test
