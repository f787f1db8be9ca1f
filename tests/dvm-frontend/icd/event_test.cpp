// Tests events: when the host is asked, and when the guest knows.
#include "icd/event.h"

#include "objects.h"
#include "submits.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

class OwnEvent : public Own<VkEvent, entry_vkDestroyEvent> {
  public:
    explicit OwnEvent(VkDevice device) : Own(device, make(device)) {}

  private:
    static VkEvent make(VkDevice device) {
        const VkEventCreateInfo info{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO, nullptr, 0};
        VkEvent event = VK_NULL_HANDLE;
        entry_vkCreateEvent(device, &info, nullptr, &event);
        return event;
    }
};

// A device whose events are as `host_says`.
struct EventDevice : FakeDevice {
    EventDevice() {
        host.on<wire::Args_vkGetEventStatus, wire::Reply_vkGetEventStatus>(
            [this](const auto&, auto& reply) { reply.result = host_says; });
    }
    std::size_t questions() const { return host.count(wire::Command::vkGetEventStatus); }
    VkResult host_says = VK_EVENT_RESET;
};

}  // namespace

TEST_CASE("what the guest sets and resets is known without a question") {
    EventDevice gpu;
    const OwnEvent event(gpu.device);
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_RESET);
    CHECK(entry_vkSetEvent(gpu.device, event) == VK_SUCCESS);
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_SET);
    CHECK(entry_vkResetEvent(gpu.device, event) == VK_SUCCESS);
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_RESET);
    CHECK(gpu.questions() == 0);
    CHECK(gpu.host.count(wire::Command::vkSetEvent) == 1);
}

TEST_CASE("the host is asked while a submit touches the event, and once afterwards") {
    EventDevice gpu;
    Submits submits(gpu.host);
    const OwnEvent event(gpu.device);
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer buffer = pool.allocate();
    begin(buffer);
    entry_vkCmdSetEvent(buffer, event, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
    entry_vkEndCommandBuffer(buffer);
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_RESET);
    CHECK(gpu.questions() == 0);

    submit(queue_of(gpu.device), buffer);
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_RESET);
    gpu.host_says = VK_EVENT_SET;
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_SET);
    CHECK(gpu.questions() == 2);
    submits.complete();
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_SET);
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_SET);
    CHECK(gpu.questions() == 3);

    // The same command buffer again.
    submit(queue_of(gpu.device), buffer);
    CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_SET);
    CHECK(gpu.questions() == 4);
}

TEST_CASE("an event that two queues touch at once is always asked for") {
    EventDevice gpu;
    Submits submits(gpu.host);
    const OwnEvent event(gpu.device);
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer buffers[] = {pool.allocate(), pool.allocate()};
    for (std::uint32_t i = 0; i < 2; ++i) {
        begin(buffers[i]);
        entry_vkCmdResetEvent(buffers[i], event, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
        entry_vkEndCommandBuffer(buffers[i]);
        submit(queue_of(gpu.device, i), buffers[i]);
    }
    submits.complete_all();
    for (std::size_t i = 1; i < 4; ++i) {
        CHECK(entry_vkGetEventStatus(gpu.device, event) == VK_EVENT_RESET);
        CHECK(gpu.questions() == i);
    }
}

TEST_CASE("what a secondary touches is touched by the primary's submit") {
    EventDevice gpu;
    Submits submits(gpu.host);
    const OwnEvent event(gpu.device);
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer primary = pool.allocate();
    const VkCommandBuffer secondary = pool.allocate(VK_COMMAND_BUFFER_LEVEL_SECONDARY);
    VkCommandBufferInheritanceInfo inheritance{VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
    const VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, 0,
                                        &inheritance};
    entry_vkBeginCommandBuffer(secondary, &info);
    entry_vkCmdSetEvent2(secondary, event, [] {
        static const VkDependencyInfo none{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
        return &none;
    }());
    entry_vkEndCommandBuffer(secondary);
    begin(primary);
    entry_vkCmdExecuteCommands(primary, 1, &secondary);
    entry_vkEndCommandBuffer(primary);
    submit(queue_of(gpu.device), primary);
    entry_vkGetEventStatus(gpu.device, event);
    CHECK(gpu.questions() == 1);
}

}  // namespace vgpu::icd::test
