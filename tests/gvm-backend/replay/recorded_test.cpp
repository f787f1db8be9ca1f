// Recorded commands that are given at once: how far they run, and where they stop.
#include <cstring>
#include <span>
#include <vector>

#include "tests/catch.h"
#include "tests/gvm-backend/replay/replay_harness.h"

using namespace vgpu;
using namespace vgpu::replay;

namespace {

constexpr wire::ObjectId kPool = wire::make_id(20, 1);
constexpr wire::ObjectId kCommands = wire::make_id(21, 1);
// As many places count as left; records name one of them.
constexpr std::uint32_t kExecuted = 7;

struct Recording : ReplayHarness {
    Recording() {
        make_all();
        VkCommandPoolCreateInfo pool{};
        pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
        must_run(wire::Args_vkCreateCommandPool{
            .device = device, .pCreateInfo = &pool, .pCommandPool = kPool});
        VkCommandBufferAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
        info.commandPool = object<VkCommandPool>(kPool);
        info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
        info.commandBufferCount = 1;
        must_run(wire::Args_vgpuAllocateCommandBuffers{.device = device,
                                                       .commandPool = info.commandPool,
                                                       .pAllocateInfo = &info,
                                                       .pCommandBuffers = &kCommands});
        commands = object<VkCommandBuffer>(kCommands);
        VkCommandBufferBeginInfo begin{};
        begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
        must_run(wire::Args_vkBeginCommandBuffer{.commandBuffer = commands, .pBeginInfo = &begin});
    }

    template <typename Args>
    void add(const Args& args, std::uint32_t place = kExecuted) {
        std::vector<std::uint8_t> memory(4096), overflow;
        wire::Writer writer(memory.data(), memory.data() + memory.size(), overflow);
        wire::encode_args(writer, args);
        writer.align8();
        const ring::RecordHeader header{static_cast<std::uint16_t>(Args::kCommand),
                                        static_cast<std::uint16_t>(writer.size() / 8 + 1), place};
        const std::size_t at = records.size();
        records.resize(at + writer.size() / 8 + 1);
        std::memcpy(records.data() + at, &header, sizeof header);
        std::memcpy(records.data() + at + 1, writer.data(), writer.size());
    }
    void add_line_width(std::uint32_t place = kExecuted) {
        add(wire::Args_vkCmdSetLineWidth{.commandBuffer = commands, .lineWidth = 1.0f}, place);
    }
    std::size_t bytes() const { return records.size() * 8; }
    worker::RanRecords run_all(std::size_t less = 0) {
        return sink->run_recorded(
            {reinterpret_cast<const std::uint8_t*>(records.data()), bytes() - less}, kExecuted);
    }

    VkCommandBuffer commands = VK_NULL_HANDLE;
    std::vector<std::uint64_t> records;
};

// Nothing is wrong, and so many bytes have run.
void check_ran(const worker::RanRecords& ran, std::size_t bytes) {
    CHECK(wire::describe(ran.violation) == wire::describe(wire::Violation::None));
    CHECK(ran.bytes == bytes);
}

}  // namespace

TEST_CASE("recorded commands that are there run at once, with arrays too") {
    Recording guest;
    const VkViewport viewports[] = {{0, 0, 8, 8, 0, 1}, {0, 0, 4, 4, 0, 1}};
    for (int i = 0; i < 100; ++i) {
        guest.add_line_width();
        guest.add(wire::Args_vkCmdSetViewport{
            .commandBuffer = guest.commands, .viewportCount = 2, .pViewports = viewports});
    }
    check_ran(guest.run_all(), guest.bytes());
}

TEST_CASE("a run stops before an ordered command") {
    Recording guest;
    guest.add_line_width();
    const std::size_t before = guest.bytes();
    guest.add(wire::Args_vkEndCommandBuffer{.commandBuffer = guest.commands});
    guest.add_line_width();
    check_ran(guest.run_all(), before);
}

TEST_CASE("a run stops before a command whose place has not been left") {
    Recording guest;
    guest.add_line_width(kExecuted - 3);
    const std::size_t before = guest.bytes();
    guest.add_line_width(kExecuted + 1);
    check_ran(guest.run_all(), before);
}

TEST_CASE("a run stops before a record that is not whole, and before its header is") {
    Recording guest;
    guest.add_line_width();
    const std::size_t before = guest.bytes();
    guest.add_line_width();
    check_ran(guest.run_all(8), before);
    check_ran(guest.run_all(guest.bytes() - before - 4), before);
    check_ran(guest.run_all(guest.bytes()), 0);
}

TEST_CASE(
    "a run stops before records that are the worker's: padding, awaits, lengths, no command") {
    for (const ring::RecordHeader header :
         {ring::RecordHeader{ring::kPadCommand, 1, 0},
          ring::RecordHeader{ring::kAwaitChannelCommand, 3, kExecuted},
          ring::RecordHeader{static_cast<std::uint16_t>(wire::Command::vkCmdSetLineWidth), 0,
                             kExecuted},
          ring::RecordHeader{0xffff, 1, kExecuted}}) {
        Recording guest;
        guest.add_line_width();
        const std::size_t before = guest.bytes();
        guest.records.resize(guest.records.size() + 3);
        std::memcpy(guest.records.data() + before / 8, &header, sizeof header);
        check_ran(guest.run_all(), before);
    }
}

TEST_CASE("a violation in a run is that of the record behind what has run") {
    Recording guest;
    guest.add_line_width();
    const std::size_t before = guest.bytes();
    const auto stranger = guest.object<VkCommandBuffer>(wire::make_id(99, 1));
    guest.add(wire::Args_vkCmdSetLineWidth{.commandBuffer = stranger, .lineWidth = 1.0f});
    guest.add_line_width();
    const worker::RanRecords ran = guest.run_all();
    CHECK(ran.violation == wire::Violation::UnknownHandle);
    CHECK(ran.bytes == before);
}

TEST_CASE("a record of fixed fields that is too short or too long is a violation in a run") {
    for (const int more : {-1, 1}) {
        Recording guest;
        guest.add_line_width();
        ring::RecordHeader header;
        std::memcpy(&header, guest.records.data(), sizeof header);
        header.words = static_cast<std::uint16_t>(header.words + more);
        std::memcpy(guest.records.data(), &header, sizeof header);
        guest.records.resize(header.words);
        const worker::RanRecords ran = guest.run_all();
        CHECK(ran.violation ==
              (more < 0 ? wire::Violation::Truncated : wire::Violation::TrailingBytes));
        CHECK(ran.bytes == 0);
    }
}
