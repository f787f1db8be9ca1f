// Tests descriptor pools, updates and templates.
#include <array>
#include <set>
#include <vector>

#include "icd/descriptor_pool.h"
#include "icd/descriptor_update.h"
#include "objects.h"
#include "tests/catch.h"
#include "wire/chain.h"

namespace vgpu::icd::test {

namespace {

constexpr std::uint64_t kLayout = wire::make_id(900, 1);

class OwnDescriptorPool : public Own<VkDescriptorPool, entry_vkDestroyDescriptorPool> {
  public:
    explicit OwnDescriptorPool(VkDevice device) : Own(device, make(device)) {}

  private:
    static VkDescriptorPool make(VkDevice device) {
        const VkDescriptorPoolCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
        VkDescriptorPool pool = VK_NULL_HANDLE;
        entry_vkCreateDescriptorPool(device, &info, nullptr, &pool);
        return pool;
    }
};

VkResult allocate(VkDevice device, VkDescriptorPool pool, std::vector<VkDescriptorSet>& sets) {
    const std::vector<VkDescriptorSetLayout> layouts(sets.size(),
                                                     handle_of<VkDescriptorSetLayout>(kLayout));
    const VkDescriptorSetAllocateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, nullptr,
                                           pool, static_cast<std::uint32_t>(sets.size()),
                                           layouts.data()};
    return entry_vkAllocateDescriptorSets(device, &info, sets.data());
}

template <typename Handle>
Handle named(std::uint32_t index) {
    return handle_of<Handle>(wire::make_id(index, 1));
}
template <typename Handle>
std::uint32_t index_of(Handle handle) {
    return wire::index_of(reinterpret_cast<std::uint64_t>(handle));
}

// A template of the entries, on a device that keeps what an update writes.
class TemplateTrial {
  public:
    explicit TemplateTrial(const std::vector<VkDescriptorUpdateTemplateEntry>& entries) {
        const VkDescriptorUpdateTemplateCreateInfo info{
            .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_UPDATE_TEMPLATE_CREATE_INFO,
            .descriptorUpdateEntryCount = static_cast<std::uint32_t>(entries.size()),
            .pDescriptorUpdateEntries = entries.data()};
        REQUIRE(entry_vkCreateDescriptorUpdateTemplate(gpu.device, &info, nullptr, &made) ==
                VK_SUCCESS);
    }
    ~TemplateTrial() { entry_vkDestroyDescriptorUpdateTemplate(gpu.device, made, nullptr); }
    void update(const void* data) {
        entry_vkUpdateDescriptorSetWithTemplate(gpu.device, named<VkDescriptorSet>(50), made, data);
        context_of(gpu.device).publish_all();
    }

    FakeDevice gpu;
    VkDescriptorUpdateTemplate made = VK_NULL_HANDLE;
};

}  // namespace

TEST_CASE("descriptor sets get ids, and a reset gives them back") {
    FakeDevice gpu;
    const OwnDescriptorPool pool(gpu.device);
    std::vector<VkDescriptorSet> sets(3);
    CHECK(allocate(gpu.device, pool, sets) == VK_SUCCESS);
    auto& object = object_of<DescriptorPool>(VkDescriptorPool(pool));
    CHECK(object.sets.size() == 3);
    for (const VkDescriptorSet set : sets) CHECK(object.sets.count(id_of(set)) == 1);
    CHECK(entry_vkResetDescriptorPool(gpu.device, pool, 0) == VK_SUCCESS);
    CHECK(object.sets.empty());
    std::vector<VkDescriptorSet> again(3);
    CHECK(allocate(gpu.device, pool, again) == VK_SUCCESS);
    std::set<std::uint32_t> before, after;
    for (const VkDescriptorSet set : sets) before.insert(index_of(set));
    for (const VkDescriptorSet set : again) after.insert(index_of(set));
    CHECK(before == after);
}

TEST_CASE("a pool that the driver has no memory for is told, and its id is free again") {
    FakeDevice gpu;
    VkResult answer = VK_ERROR_FRAGMENTATION;
    std::vector<wire::ObjectId> ids;
    gpu.host.on<wire::Args_vkCreateDescriptorPool, wire::Reply_vkCreateDescriptorPool>(
        [&](const auto& args, auto& reply) {
            ids.push_back(args.pDescriptorPool);
            reply.result = answer;
        });
    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 1 << 20};
    const VkDescriptorPoolCreateInfo info{
        VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, nullptr, 0, 1 << 20, 1, &size};
    for (const VkResult result : {VK_ERROR_FRAGMENTATION, VK_ERROR_OUT_OF_DEVICE_MEMORY}) {
        answer = result;
        auto pool = named<VkDescriptorPool>(1);
        CHECK(entry_vkCreateDescriptorPool(gpu.device, &info, nullptr, &pool) == answer);
        CHECK(pool == VK_NULL_HANDLE);
    }
    REQUIRE(ids.size() == 2);
    CHECK(wire::index_of(ids[0]) == wire::index_of(ids[1]));
    CHECK_FALSE(context_of(gpu.device).lost());
}

TEST_CASE("an exhausted pool is told, and leaves nothing behind") {
    FakeDevice gpu;
    gpu.host.on<wire::Args_vgpuAllocateDescriptorSets, wire::Reply_vgpuAllocateDescriptorSets>(
        [](const auto&, auto& reply) { reply.result = VK_ERROR_OUT_OF_POOL_MEMORY; });
    const OwnDescriptorPool pool(gpu.device);
    std::vector<VkDescriptorSet> sets(2, named<VkDescriptorSet>(1));
    CHECK(allocate(gpu.device, pool, sets) == VK_ERROR_OUT_OF_POOL_MEMORY);
    CHECK(sets == std::vector<VkDescriptorSet>(2, VK_NULL_HANDLE));
    CHECK(object_of<DescriptorPool>(VkDescriptorPool(pool)).sets.empty());
}

TEST_CASE("freed sets leave the pool; null sets are passed over") {
    FakeDevice gpu;
    std::uint32_t freed = 0;
    gpu.host.on_post<wire::Args_vkFreeDescriptorSets>(
        [&](const auto& args) { freed = args.descriptorSetCount; });
    const OwnDescriptorPool pool(gpu.device);
    std::vector<VkDescriptorSet> sets(2);
    REQUIRE(allocate(gpu.device, pool, sets) == VK_SUCCESS);
    const VkDescriptorSet some[] = {VK_NULL_HANDLE, sets[0]};
    CHECK(entry_vkFreeDescriptorSets(gpu.device, pool, 2, some) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    CHECK(freed == 1);
    CHECK(object_of<DescriptorPool>(VkDescriptorPool(pool)).sets.size() == 1);
}

TEST_CASE("an update of nothing crosses nothing") {
    FakeDevice gpu;
    const std::uint32_t before = crossings(gpu.device);
    entry_vkUpdateDescriptorSets(gpu.device, 0, nullptr, 0, nullptr);
    CHECK(crossings(gpu.device) == before);
}

TEST_CASE("a template's strides are unfolded into tight arrays") {
    struct Data {
        std::uint32_t first;
        VkDescriptorBufferInfo tight[2];
        struct {
            VkDescriptorImageInfo image;
            std::uint64_t gap;
        } spread[3];
    } data{};
    TemplateTrial trial({{0, 0, 2, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, offsetof(Data, tight),
                          sizeof(VkDescriptorBufferInfo)},
                         {3, 1, 3, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, offsetof(Data, spread),
                          sizeof(data.spread[0])}});
    // Buffers are objects of the guest: null ones do here.
    data.tight[0].range = 10;
    data.tight[1].range = 20;
    for (std::uint32_t i = 0; i < 3; ++i) {
        data.spread[i].image.imageView = named<VkImageView>(70 + i);
        data.spread[i].image.imageLayout = VK_IMAGE_LAYOUT_GENERAL;
    }
    std::vector<std::uint32_t> bindings, ranges, views;
    std::uint32_t set = 0;
    trial.gpu.host.on_post<wire::Args_vkUpdateDescriptorSets>([&](const auto& args) {
        for (std::uint32_t w = 0; w < args.descriptorWriteCount; ++w) {
            const VkWriteDescriptorSet& write = args.pDescriptorWrites[w];
            set = index_of(write.dstSet);
            bindings.push_back(write.dstBinding * 10 + write.dstArrayElement);
            for (std::uint32_t i = 0; i < write.descriptorCount; ++i) {
                if (write.pBufferInfo)
                    ranges.push_back(static_cast<std::uint32_t>(write.pBufferInfo[i].range));
                if (write.pImageInfo) views.push_back(index_of(write.pImageInfo[i].imageView));
            }
        }
    });
    trial.update(&data);
    CHECK(set == 50);
    CHECK(bindings == std::vector<std::uint32_t>{0, 31});
    CHECK(ranges == std::vector<std::uint32_t>{10, 20});
    CHECK(views == std::vector<std::uint32_t>{70, 71, 72});
}

TEST_CASE("a template's texel buffers and inline blocks go where plain writes have them") {
    struct Data {
        VkBufferView views[2];
        std::uint8_t block[12];
    } data{{named<VkBufferView>(7), named<VkBufferView>(8)},
           {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    TemplateTrial trial(
        {{0, 0, 1, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, 8, 8},
         {1, 4, 8, VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK, offsetof(Data, block) + 4, 0}});
    std::uint32_t view = 0, element = 0;
    std::vector<int> block;
    trial.gpu.host.on_post<wire::Args_vkUpdateDescriptorSets>([&](const auto& args) {
        view = index_of(args.pDescriptorWrites[0].pTexelBufferView[0]);
        const VkWriteDescriptorSet& write = args.pDescriptorWrites[1];
        element = write.dstArrayElement;
        const auto* bytes = find_in_chain<VkWriteDescriptorSetInlineUniformBlock>(
            write.pNext, VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_INLINE_UNIFORM_BLOCK);
        REQUIRE(bytes);
        const auto* begin = static_cast<const std::uint8_t*>(bytes->pData);
        block.assign(begin, begin + bytes->dataSize);
    });
    trial.update(&data);
    CHECK(view == 8);
    CHECK(element == 4);
    CHECK(block == std::vector<int>{5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("a large template is unfolded whole") {
    constexpr std::uint32_t kCount = 3000;
    struct Spread {
        VkDescriptorImageInfo image;
        std::uint64_t gap;
    };
    std::vector<Spread> data(kCount);
    for (std::uint32_t i = 0; i < kCount; ++i) {
        data[i].image.imageView = named<VkImageView>(i + 1);
        data[i].image.imageLayout = VK_IMAGE_LAYOUT_GENERAL;
    }
    TemplateTrial trial({{0, 0, kCount, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, 0, sizeof(Spread)}});
    std::uint32_t right = 0;
    trial.gpu.host.on_post<wire::Args_vkUpdateDescriptorSets>([&](const auto& args) {
        for (std::uint32_t i = 0; i < args.pDescriptorWrites[0].descriptorCount; ++i)
            right += index_of(args.pDescriptorWrites[0].pImageInfo[i].imageView) == i + 1;
    });
    trial.update(data.data());
    CHECK(right == kCount);
}

TEST_CASE("a pushed template becomes pushed descriptors") {
    const std::array<VkDescriptorBufferInfo, 1> data{{{VK_NULL_HANDLE, 0, 99}}};
    TemplateTrial trial({{2, 0, 1, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 0, 0}});
    OwnCommandPool pool(trial.gpu.device);
    const VkCommandBuffer buffer = pool.allocate();
    begin(buffer);
    std::uint64_t range = 0;
    std::uint32_t set = 0;
    trial.gpu.host.on_post<wire::Args_vkCmdPushDescriptorSetKHR>([&](const auto& args) {
        set = args.set;
        range = args.pDescriptorWrites[0].pBufferInfo[0].range;
    });
    entry_vkCmdPushDescriptorSetWithTemplateKHR(buffer, trial.made, named<VkPipelineLayout>(60), 3,
                                                data.data());
    entry_vkEndCommandBuffer(buffer);
    context_of(trial.gpu.device).publish_all();
    CHECK(set == 3);
    CHECK(range == 99);
}

}  // namespace vgpu::icd::test
