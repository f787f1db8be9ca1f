// Tests query results: which answers need the host, and what is written where.
#include "icd/query_pool.h"

#include <array>
#include <cstring>
#include <thread>
#include <vector>

#include "icd/touched.h"
#include "objects.h"
#include "submits.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

class OwnQueryPool : public Own<VkQueryPool, entry_vkDestroyQueryPool> {
  public:
    OwnQueryPool(VkDevice device, VkQueryType type, std::uint32_t count,
                 VkQueryPipelineStatisticFlags statistics = 0)
        : Own(device, make(device, type, count, statistics)) {}

  private:
    static VkQueryPool make(VkDevice device, VkQueryType type, std::uint32_t count,
                            VkQueryPipelineStatisticFlags statistics) {
        const VkQueryPoolCreateInfo info{
            VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, nullptr, 0, type, count, statistics};
        VkQueryPool pool = VK_NULL_HANDLE;
        entry_vkCreateQueryPool(device, &info, nullptr, &pool);
        return pool;
    }
};

// A device whose query q has the values 100q, 100q+1, ..., where it is available.
struct QueryDevice : FakeDevice {
    QueryDevice() {
        host.on<wire::Args_vkGetQueryPoolResults, wire::Reply_vkGetQueryPoolResults>(
            [this](const auto& args, auto& reply) { answer(args, reply); });
    }
    void answer(const wire::Args_vkGetQueryPoolResults& args,
                wire::Reply_vkGetQueryPoolResults& reply) {
        flags_seen = args.flags;
        if (available_after != 0 && --available_after == 0) available = {true};
        const std::size_t size = args.flags & VK_QUERY_RESULT_64_BIT ? 8 : 4;
        bytes.assign(args.dataSize, 0);
        reply.result = VK_SUCCESS;
        for (std::uint32_t i = 0; i < args.queryCount; ++i) {
            const std::uint32_t query = args.firstQuery + i;
            const bool there = query < available.size() && available[query];
            if (!there) reply.result = VK_NOT_READY;
            const std::size_t numbers = args.stride / size;
            for (std::size_t n = 0; n < numbers; ++n) {
                std::uint64_t value = there ? query * 100 + n : 0;
                if (n + 1 == numbers) value = there;
                std::memcpy(bytes.data() + i * args.stride + n * size, &value, size);
            }
        }
        reply.pData = bytes.data();
        reply.pData_count = bytes.size();
    }
    std::size_t questions() const { return host.count(wire::Command::vkGetQueryPoolResults); }
    VkResult results(VkQueryPool pool, std::uint32_t first, std::uint32_t count, void* data,
                     std::size_t bytes_there, VkDeviceSize stride, VkQueryResultFlags flags) {
        return entry_vkGetQueryPoolResults(device, pool, first, count, bytes_there, data, stride,
                                           flags);
    }

    std::vector<bool> available;
    // The first query is there at this question; 0 is never.
    int available_after = 0;
    VkQueryResultFlags flags_seen = 0;
    std::vector<std::uint8_t> bytes;
};

bool sleeps(FakeHost& host) {
    const auto& control = *reinterpret_cast<const ring::ControlPage*>(host.control_region().data());
    return control.guest_waits.load() != 0;
}

VkCommandBuffer timestamps(OwnCommandPool& commands, VkQueryPool pool, std::uint32_t count) {
    const VkCommandBuffer buffer = commands.allocate();
    begin(buffer);
    entry_vkCmdResetQueryPool(buffer, pool, 0, count);
    for (std::uint32_t i = 0; i < count; ++i)
        entry_vkCmdWriteTimestamp(buffer, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, i);
    entry_vkEndCommandBuffer(buffer);
    return buffer;
}

}  // namespace

TEST_CASE("a result that has come is known until its query is reset") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 3);
    gpu.available = {true, true, false};
    std::uint64_t wide[3] = {};
    std::uint32_t narrow[4] = {};
    const auto get_wide = [&](std::uint32_t count) {
        return gpu.results(pool, 0, count, wide, 24, 8, VK_QUERY_RESULT_64_BIT);
    };
    CHECK(get_wide(2) == VK_SUCCESS);
    wide[1] = 7;
    CHECK(get_wide(2) == VK_SUCCESS);
    CHECK(wide[1] == 100);
    CHECK(gpu.results(pool, 1, 1, narrow, 8, 8, VK_QUERY_RESULT_WITH_AVAILABILITY_BIT) ==
          VK_SUCCESS);
    CHECK((narrow[0] == 100 && narrow[1] == 1));
    CHECK(gpu.questions() == 1);
    // What has not come is asked for.
    CHECK(get_wide(3) == VK_NOT_READY);
    CHECK(gpu.questions() == 2);

    SECTION("by the host") {
        entry_vkResetQueryPool(gpu.device, pool, 1, 1);
        CHECK(get_wide(1) == VK_SUCCESS);
        CHECK(gpu.questions() == 2);
        CHECK(get_wide(2) == VK_SUCCESS);
        CHECK(gpu.questions() == 3);
    }
    SECTION("by a submit, from when it is made") {
        OwnCommandPool commands(gpu.device);
        submit(queue_of(gpu.device), timestamps(commands, pool, 2));
        CHECK(get_wide(2) == VK_NOT_READY);
        submits.complete();
        CHECK(get_wide(2) == VK_SUCCESS);
        CHECK(gpu.questions() == 3);
    }
}

TEST_CASE("what the host says while a submit is pending is not kept") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 1);
    OwnCommandPool commands(gpu.device);
    submit(queue_of(gpu.device), timestamps(commands, pool, 1));
    gpu.available = {true};  // still the result from before the submit's reset
    std::uint64_t data[2] = {};
    const auto get = [&] {
        return gpu.results(pool, 0, 1, data, 16, 16,
                           VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
    };
    CHECK(get() == VK_SUCCESS);
    CHECK(gpu.questions() == 1);
    submits.complete();
    CHECK(get() == VK_SUCCESS);
    CHECK(gpu.questions() == 2);
    CHECK(get() == VK_SUCCESS);
    CHECK(gpu.questions() == 2);
}

TEST_CASE("results that more than a reset may change are asked for each time") {
    QueryDevice gpu;
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT, 1);
    gpu.available = {true};
    std::uint64_t data[2] = {};
    for (int i = 0; i < 2; ++i)
        CHECK(gpu.results(pool, 0, 1, data, 16, 16, VK_QUERY_RESULT_64_BIT) == VK_SUCCESS);
    CHECK(gpu.questions() == 2);
}

TEST_CASE("results of a pending submit are not ready, without a question") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 2);
    OwnCommandPool commands(gpu.device);
    submit(queue_of(gpu.device), timestamps(commands, pool, 2));
    std::uint64_t data[2] = {1, 2};
    CHECK(gpu.results(pool, 0, 2, data, 16, 8, VK_QUERY_RESULT_64_BIT) == VK_NOT_READY);
    CHECK(gpu.questions() == 0);
    CHECK((data[0] == 1 && data[1] == 2));

    submits.complete();
    gpu.available = {true, true};
    CHECK(gpu.results(pool, 0, 2, data, 16, 8, VK_QUERY_RESULT_64_BIT) == VK_SUCCESS);
    CHECK((data[0] == 0 && data[1] == 100));
    CHECK(gpu.questions() == 1);
}

TEST_CASE("who polls long enough gets the host's word even while the submit is pending") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 1);
    OwnCommandPool commands(gpu.device);
    submit(queue_of(gpu.device), timestamps(commands, pool, 1));
    gpu.available = {true};
    std::uint64_t data = 1;
    VkResult result = VK_NOT_READY;
    int polls = 0;
    for (; polls < 1000 && result == VK_NOT_READY; ++polls)
        result = gpu.results(pool, 0, 1, &data, 8, 8, VK_QUERY_RESULT_64_BIT);
    CHECK(result == VK_SUCCESS);
    CHECK(polls > 1);
}

TEST_CASE("the host never waits for a query") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 1);
    OwnCommandPool commands(gpu.device);
    submit(queue_of(gpu.device), timestamps(commands, pool, 1));
    submits.complete();
    gpu.available = {true};
    std::uint64_t data = 1;
    CHECK(gpu.results(pool, 0, 1, &data, 8, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT) ==
          VK_SUCCESS);
    CHECK(data == 0);
    CHECK((gpu.flags_seen & VK_QUERY_RESULT_WAIT_BIT) == 0);
}

TEST_CASE("bytes between the elements and values that are not there stay as they are") {
    QueryDevice gpu;
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_OCCLUSION, 3);
    gpu.available = {true, false, true};
    std::array<std::uint32_t, 9> data;
    data.fill(77);
    CHECK(gpu.results(pool, 0, 3, data.data(), sizeof(data), 12, 0) == VK_NOT_READY);
    CHECK(data == std::array<std::uint32_t, 9>{0, 77, 77, 77, 77, 77, 200, 77, 77});
    CHECK(gpu.results(pool, 0, 3, data.data(), sizeof(data), 12,
                      VK_QUERY_RESULT_WITH_AVAILABILITY_BIT) == VK_NOT_READY);
    CHECK(data == std::array<std::uint32_t, 9>{0, 1, 77, 77, 0, 77, 200, 1, 77});
}

TEST_CASE("statistics have as many values as bits") {
    QueryDevice gpu;
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_PIPELINE_STATISTICS, 2,
                            VK_QUERY_PIPELINE_STATISTIC_INPUT_ASSEMBLY_VERTICES_BIT |
                                VK_QUERY_PIPELINE_STATISTIC_CLIPPING_PRIMITIVES_BIT);
    gpu.available = {true, true};
    std::array<std::uint64_t, 6> data{};
    CHECK(gpu.results(pool, 0, 2, data.data(), sizeof(data), 24,
                      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT) ==
          VK_SUCCESS);
    CHECK(data == std::array<std::uint64_t, 6>{0, 1, 1, 100, 101, 1});
}

TEST_CASE("many queries come in several answers") {
    QueryDevice gpu;
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 2500);
    gpu.available.assign(2500, true);
    std::vector<std::uint64_t> data(2500, 5);
    CHECK(gpu.results(pool, 0, 2500, data.data(), data.size() * 8, 8, VK_QUERY_RESULT_64_BIT) ==
          VK_SUCCESS);
    for (std::uint64_t i = 0; i < 2500; ++i) REQUIRE(data[i] == i * 100);
}

TEST_CASE("queries of a batch are ready when it is, though a later batch waits") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 1);
    OwnCommandPool commands(gpu.device);
    const VkCommandBuffer buffer = timestamps(commands, pool, 1);
    VkSubmitInfo infos[2] = {{VK_STRUCTURE_TYPE_SUBMIT_INFO}, {VK_STRUCTURE_TYPE_SUBMIT_INFO}};
    infos[0].commandBufferCount = 1;
    infos[0].pCommandBuffers = &buffer;
    entry_vkQueueSubmit(queue_of(gpu.device), 2, infos, VK_NULL_HANDLE);
    submits.complete_batch(0);
    gpu.available = {true};
    std::uint64_t data = 1;
    CHECK(gpu.results(pool, 0, 1, &data, 8, 8, VK_QUERY_RESULT_64_BIT) == VK_SUCCESS);
    CHECK(gpu.questions() == 1);
}

TEST_CASE("a wait for results asks nothing before the submit's end, and once after it") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 1);
    OwnCommandPool commands(gpu.device);
    submit(queue_of(gpu.device), timestamps(commands, pool, 1));
    gpu.available = {true};
    VkResult result = VK_NOT_READY;
    std::uint64_t data = 1;
    std::thread waiting([&] {
        result =
            gpu.results(pool, 0, 1, &data, 8, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
    });
    while (!sleeps(gpu.host)) std::this_thread::yield();
    const std::size_t asked_before = gpu.questions();
    submits.complete();
    gpu.host.interrupt();
    waiting.join();
    CHECK(asked_before == 0);
    CHECK(result == VK_SUCCESS);
    CHECK(gpu.questions() == 1);
    CHECK(gpu.host.timed_waits == 0);
}

TEST_CASE("results are waited for in the host's word where their submit waits for an event") {
    QueryDevice gpu;
    Submits submits(gpu.host);
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 1);
    const VkEventCreateInfo info{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
    VkEvent event = VK_NULL_HANDLE;
    REQUIRE(entry_vkCreateEvent(gpu.device, &info, nullptr, &event) == VK_SUCCESS);
    OwnCommandPool commands(gpu.device);
    const VkCommandBuffer waits = commands.allocate();
    begin(waits);
    entry_vkCmdWaitEvents(waits, 1, &event, VK_PIPELINE_STAGE_HOST_BIT,
                          VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, nullptr, 0, nullptr, 0, nullptr);
    entry_vkEndCommandBuffer(waits);
    const VkCommandBuffer buffers[] = {timestamps(commands, pool, 1), waits};
    VkSubmitInfo batch{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    batch.commandBufferCount = 2;
    batch.pCommandBuffers = buffers;
    REQUIRE(entry_vkQueueSubmit(queue_of(gpu.device), 1, &batch, VK_NULL_HANDLE) == VK_SUCCESS);
    // The submit does not end before the application sets the event, which is after this.
    gpu.available_after = 10;
    std::uint64_t data = 1;
    CHECK(gpu.results(pool, 0, 1, &data, 8, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT) ==
          VK_SUCCESS);
    CHECK(data == 0);
    CHECK(gpu.questions() == 10);
    CHECK(gpu.host.timed_waits == 0);
    entry_vkDestroyEvent(gpu.device, event, nullptr);
}

TEST_CASE("a wait for results ends when the host is gone") {
    QueryDevice gpu;
    const OwnQueryPool pool(gpu.device, VK_QUERY_TYPE_TIMESTAMP, 1);
    OwnCommandPool commands(gpu.device);
    submit(queue_of(gpu.device), timestamps(commands, pool, 1));
    gpu.host.gone = true;
    std::uint64_t data = 1;
    CHECK(gpu.results(pool, 0, 1, &data, 8, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT) ==
          VK_ERROR_DEVICE_LOST);
}

TEST_CASE("a reset and the queries within it are one note") {
    QueryPool pool(VkQueryPoolCreateInfo{.queryCount = 8});
    FakeDevice gpu;
    Context& context = context_of(gpu.device);
    const std::optional<std::uint32_t> slot = context.take_status_slot();
    REQUIRE(slot);
    Touched touched;
    touched.queries(pool, 1, 2);
    touched.queries(pool, 2, 1);
    touched.queries(pool, 3, 1);
    touched.queries(pool, 6, 1);
    touched.submitted(context, Point(*slot, 1), false);
    std::vector<bool> pending;
    for (std::uint32_t i = 0; i < 8; ++i) pending.push_back(pool.pending(context, i));
    CHECK(pending == std::vector<bool>{false, true, true, true, false, false, true, false});
    // A query beyond the pool's end is not followed.
    pool.submitted(7, 5, Point(*slot, 2));
    pool.submitted(9, 1, Point(*slot, 2));
    context.give_status_slot(*slot);
}

}  // namespace vgpu::icd::test
