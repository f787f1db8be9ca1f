// A guest's records given straight to the replay code, on the host's own driver.
#pragma once

#include <vulkan/vulkan.h>

#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "commands.h"
#include "flat_codec.h"
#include "tests/gvm-backend/worker/fakes.h"
#include "tests/gvm-backend/worker/gpu_fixture.h"
#include "wire/violation.h"
#include "worker/gpu_identity.h"

namespace vgpu::replay {

class PagedServices : public worker::FakeServices {
  public:
    worker::GuestPages find_pages(transport::RegionId region, std::uint64_t offset,
                                  std::uint64_t bytes) override {
        const auto found = regions.find(region);
        if (found == regions.end()) return {};
        if (offset > found->second->size() || bytes > found->second->size() - offset) return {};
        return {found->second->data() + offset, bytes, found->second};
    }
    std::map<transport::RegionId, std::shared_ptr<worker::FakeRegion>> regions;
};

// One channel of a context whose guest encodes by the project's own code, and lies by hand. Ids are
// (1, 1) for the instance, (2, 1) for the physical device and (3, 1) for the device.
class ReplayHarness {
  public:
    ReplayHarness() {
        worker::GpuFixture gpu;
        services.host_options.gpu = worker::identify_gpu(gpu.instance, gpu.physical);
        services.host_options.page_type_bits = ~0u;
        services.host_options.objects_max = 4096;
        services.host_options.channels_max = 1;
        context = make_context_replay(services);
        sink = context->sink_for_channel();
    }

    // The violation; `result` is the reply's first word, if there is a reply.
    template <typename Args>
    wire::Violation run(const Args& args) {
        std::vector<std::uint8_t> memory(1 << 16), overflow(8);
        wire::Writer writer(memory.data(), memory.data() + memory.size(), overflow);
        wire::encode_args(writer, args);
        std::vector<std::uint64_t> payload((writer.size() + 7) / 8);
        std::memcpy(payload.data(), writer.data(), writer.size());
        reply.clear();
        bool has_reply = false;
        const wire::Violation violation =
            sink->execute(static_cast<std::uint16_t>(Args::kCommand),
                          reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size() * 8,
                          ++order, reply, has_reply);
        result = VK_SUCCESS;
        if (has_reply && reply.size() >= 4) std::memcpy(&result, reply.data(), 4);
        return violation;
    }
    template <typename Args>
    void must_run(const Args& args) {
        const wire::Violation violation = run(args);
        if (violation != wire::Violation::None || result != VK_SUCCESS || services.lost())
            throw std::runtime_error(services.loss + wire::describe(violation) + " " +
                                     std::to_string(result));
    }

    // The handle by which the guest names an object that is more than its id.
    template <typename Handle>
    Handle object(wire::ObjectId id) {
        objects.push_back({0, id});
        return reinterpret_cast<Handle>(&objects.back());
    }

    void make_instance() {
        VkApplicationInfo application{};
        application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
        application.apiVersion = VK_API_VERSION_1_2;
        VkInstanceCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
        info.pApplicationInfo = &application;
        must_run(wire::Args_vkCreateInstance{.pCreateInfo = &info, .pInstance = kInstance});
        instance = object<VkInstance>(kInstance);
        const std::uint64_t ids[] = {kPhysical};
        std::uint32_t count = 0;
        must_run(wire::Args_vgpuEnumeratePhysicalDevices{
            .instance = instance, .idCount = 1, .pIds = ids, .pDeviceCount = &count});
        physical = object<VkPhysicalDevice>(kPhysical);
    }
    wire::Violation make_device(wire::ObjectId id, std::uint32_t queues = 1,
                                std::uint32_t family = 0, const void* features = nullptr) {
        const std::vector<float> priorities(queues, 1.0f);
        VkDeviceQueueCreateInfo queue{};
        queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
        queue.queueFamilyIndex = family;
        queue.queueCount = queues;
        queue.pQueuePriorities = priorities.data();
        VkDeviceCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
        info.pNext = features;
        info.queueCreateInfoCount = 1;
        info.pQueueCreateInfos = &queue;
        return run(wire::Args_vkCreateDevice{
            .physicalDevice = physical, .pCreateInfo = &info, .pDevice = id});
    }
    void make_all() {
        make_instance();
        if (make_device(kDevice) != wire::Violation::None || result != VK_SUCCESS)
            throw std::runtime_error("There is no device.");
        device = object<VkDevice>(kDevice);
    }
    wire::Violation open_queue(wire::ObjectId id, std::uint32_t index = 0) {
        return run(wire::Args_vgpuOpenQueue{.device = device, .queueIndex = index, .pQueue = id});
    }
    // Of the type that lies in guest pages, or of that which does not.
    wire::Violation allocate(wire::ObjectId id, std::uint64_t bytes, transport::RegionId region) {
        VkMemoryAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
        info.allocationSize = bytes;
        info.memoryTypeIndex = region != 0 ? 1 : 0;
        return run(wire::Args_vgpuAllocateMemory{
            .device = device, .pAllocateInfo = &info, .region = region, .pMemory = id});
    }

    static constexpr wire::ObjectId kInstance = wire::make_id(1, 1);
    static constexpr wire::ObjectId kPhysical = wire::make_id(2, 1);
    static constexpr wire::ObjectId kDevice = wire::make_id(3, 1);

    PagedServices services;
    std::unique_ptr<worker::ContextReplay> context;
    std::unique_ptr<worker::CommandSink> sink;
    std::deque<wire::GuestObject> objects;
    std::uint32_t order = 0;
    std::vector<std::uint8_t> reply;  // the last one's
    VkResult result = VK_SUCCESS;
    VkInstance instance = VK_NULL_HANDLE;
    VkPhysicalDevice physical = VK_NULL_HANDLE;
    VkDevice device = VK_NULL_HANDLE;
};

}  // namespace vgpu::replay
