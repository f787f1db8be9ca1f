// Tests command pools and command buffers: what is sent of them, and the ids they take.
#include "icd/command_buffer.h"

#include <set>
#include <thread>
#include <vector>

#include "icd/command_pool.h"
#include "icd/render_pass.h"
#include "objects.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

TEST_CASE("command buffers are named to the host with ids of their own") {
    FakeDevice gpu;
    std::set<std::uint64_t> ids;
    gpu.host.on_post<wire::Args_vgpuAllocateCommandBuffers>([&](const auto& args) {
        for (std::uint32_t i = 0; i < args.pAllocateInfo->commandBufferCount; ++i)
            ids.insert(args.pCommandBuffers[i]);
    });
    const OwnCommandPool pool(gpu.device);
    const VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr,
                                           pool, VK_COMMAND_BUFFER_LEVEL_PRIMARY, 3};
    VkCommandBuffer buffers[3] = {};
    CHECK(entry_vkAllocateCommandBuffers(gpu.device, &info, buffers) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    std::set<std::uint64_t> wanted;
    for (const VkCommandBuffer buffer : buffers) wanted.insert(id_of(buffer));
    CHECK(ids == wanted);
    CHECK(ids.size() == 3);
}

TEST_CASE("freed command buffers are told by ids, and null ones are passed over") {
    FakeDevice gpu;
    std::vector<std::uint64_t> freed;
    gpu.host.on_post<wire::Args_vkFreeCommandBuffers>([&](const auto& args) {
        for (std::uint32_t i = 0; i < args.commandBufferCount; ++i)
            freed.push_back(args.pCommandBuffers_ids[i]);
    });
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer first = pool.allocate(), second = pool.allocate();
    const VkCommandBuffer third = pool.allocate();
    const std::uint64_t ids[] = {id_of(first), id_of(third)};
    const VkCommandBuffer some[] = {first, VK_NULL_HANDLE, third};
    entry_vkFreeCommandBuffers(gpu.device, pool, 3, some);
    context_of(gpu.device).publish_all();
    CHECK(freed == std::vector<std::uint64_t>{ids[0], ids[1]});
    const auto& left = object_of<CommandPool>(VkCommandPool(pool)).buffers;
    REQUIRE(left.size() == 1);
    CHECK(left[0].get() == &object_of<CommandBuffer>(second));
    CHECK(left[0]->index_in_pool == 0);
}

TEST_CASE("a pool that grows buffer by buffer is not moved for each of them") {
    FakeDevice gpu;
    OwnCommandPool pool(gpu.device);
    const auto& buffers = object_of<CommandPool>(VkCommandPool(pool)).buffers;
    int moves = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::size_t before = buffers.capacity();
        pool.allocate();
        if (buffers.capacity() != before) ++moves;
    }
    CHECK(moves <= 12);
}

TEST_CASE("a primary command buffer's inheritance is never looked at") {
    FakeDevice gpu;
    bool inherited = true;
    gpu.host.on_post<wire::Args_vkBeginCommandBuffer>(
        [&](const auto& args) { inherited = args.pBeginInfo->pInheritanceInfo != nullptr; });
    OwnCommandPool pool(gpu.device);
    const auto* nowhere = reinterpret_cast<const VkCommandBufferInheritanceInfo*>(16);
    const VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, 0,
                                        nowhere};
    CHECK(entry_vkBeginCommandBuffer(pool.allocate(), &info) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    CHECK_FALSE(inherited);
}

TEST_CASE("a secondary command buffer inherits a render pass only when it continues one") {
    FakeDevice gpu;
    std::vector<std::uint64_t> passes;
    std::vector<std::uint32_t> occlusion;
    gpu.host.on_post<wire::Args_vkBeginCommandBuffer>([&](const auto& args) {
        const auto& inheritance = *args.pBeginInfo->pInheritanceInfo;
        passes.push_back(reinterpret_cast<std::uint64_t>(inheritance.renderPass));
        occlusion.push_back(inheritance.occlusionQueryEnable);
    });
    OwnCommandPool pool(gpu.device);
    VkCommandBufferInheritanceInfo inheritance{VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
    RenderPass pass;
    pass.id = wire::make_id(5, 1);
    inheritance.renderPass = handle_of_object<VkRenderPass>(pass);
    inheritance.occlusionQueryEnable = VK_TRUE;
    const VkCommandBuffer buffer = pool.allocate(VK_COMMAND_BUFFER_LEVEL_SECONDARY);
    for (const VkCommandBufferUsageFlags flags :
         {0u, std::uint32_t{VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT}}) {
        const VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr,
                                            flags, &inheritance};
        CHECK(entry_vkBeginCommandBuffer(buffer, &info) == VK_SUCCESS);
    }
    context_of(gpu.device).publish_all();
    CHECK(passes == std::vector<std::uint64_t>{0, wire::make_id(5, 1)});
    CHECK(occlusion == std::vector<std::uint32_t>{1, 1});
}

TEST_CASE("a secondary that two channels execute is ordered after both") {
    FakeDevice gpu;
    OwnCommandPool pool(gpu.device);
    auto& secondary = object_of<CommandBuffer>(pool.allocate(VK_COMMAND_BUFFER_LEVEL_SECONDARY));
    Channel& mine = context_of(gpu.device).channel();
    secondary.executed_by(mine);
    secondary.executed_by(mine);
    CHECK_FALSE(secondary.executed_on_many.load());
    alignas(Channel) std::uint8_t other[sizeof(Channel)];
    secondary.executed_by(reinterpret_cast<Channel&>(other));
    CHECK(secondary.executed_on_many.load());
    secondary.forget_recording();
    CHECK(secondary.executed_on.load() == nullptr);
    CHECK_FALSE(secondary.executed_on_many.load());
}

TEST_CASE("a pool is trimmed after what another thread recorded from it") {
    FakeDevice gpu;
    OwnCommandPool pool(gpu.device);
    begin(pool.allocate());
    std::uint64_t first = 0, second = 0;
    const auto trim = [&](std::uint64_t& bytes) {
        const Channel& channel = context_of(gpu.device).channel();
        const std::uint64_t before = channel.written();
        entry_vkTrimCommandPool(gpu.device, pool, 0);
        bytes = channel.written() - before;
    };
    std::thread([&] {
        trim(first);
        trim(second);
    }).join();
    // The first one awaits the recording thread's channel, and says so in a record of its own.
    CHECK(first > second);
    context_of(gpu.device).publish_all();
    CHECK(gpu.host.count(wire::Command::vkTrimCommandPool) == 2);
}

TEST_CASE("memory that was missing while recording is told at the end") {
    FakeDevice gpu;
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer buffer = pool.allocate();
    begin(buffer);
    object_of<CommandBuffer>(buffer).note([](Touched&) { throw std::bad_alloc(); });
    CHECK(entry_vkEndCommandBuffer(buffer) == VK_ERROR_OUT_OF_HOST_MEMORY);
    begin(buffer);
    CHECK(entry_vkEndCommandBuffer(buffer) == VK_SUCCESS);
}

TEST_CASE("a lost context gives no command buffers") {
    FakeDevice gpu;
    const OwnCommandPool pool(gpu.device);
    context_of(gpu.device).mark_lost();
    const VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr,
                                           pool, VK_COMMAND_BUFFER_LEVEL_PRIMARY, 1};
    VkCommandBuffer buffer = reinterpret_cast<VkCommandBuffer>(16);
    CHECK(entry_vkAllocateCommandBuffers(gpu.device, &info, &buffer) == VK_ERROR_DEVICE_LOST);
    CHECK(buffer == VK_NULL_HANDLE);
}

}  // namespace vgpu::icd::test
