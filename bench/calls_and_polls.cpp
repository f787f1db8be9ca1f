// Rows: calls that wait for an answer, and polls that should not have to.
#include <cstdint>
#include <thread>

#include "common/pipelines.h"
#include "rows.h"

namespace vgpu::bench {

namespace {

constexpr std::chrono::milliseconds kIdle{20};
constexpr std::uint32_t kBatch = 200;
constexpr std::uint32_t kPolls = 20'000;

// Something to ask of: a render pass and an image. The driver cannot know the answers beforehand.
class Asked {
  public:
    explicit Asked(const Session& session)
        : session_(session),
          pass_(make_pass(session.gpu)),
          image_(session.gpu.device(), image_info()) {}

    void granularity() const {
        VkExtent2D extent;
        session_.calls.GetRenderAreaGranularity(session_.gpu.device(), pass_, &extent);
    }
    void subresource_layout() const {
        const VkImageSubresource which{VK_IMAGE_ASPECT_COLOR_BIT, 0, 0};
        VkSubresourceLayout layout;
        session_.calls.GetImageSubresourceLayout(session_.gpu.device(), image_, &which, &layout);
    }
    void layout_support() const {
        const VkDescriptorSetLayoutBinding binding{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1,
                                                   VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
        VkDescriptorSetLayoutCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
        info.bindingCount = 1;
        info.pBindings = &binding;
        VkDescriptorSetLayoutSupport support{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_SUPPORT};
        session_.calls.GetDescriptorSetLayoutSupport(session_.gpu.device(), &info, &support);
    }
    void image_format() const {
        VkImageFormatProperties properties;
        check(vkGetPhysicalDeviceImageFormatProperties(
            session_.gpu.physical(), VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D,
            VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_USAGE_SAMPLED_BIT, 0, &properties));
    }

  private:
    static RenderPass make_pass(const Gpu& gpu) {
        VkSubpassDescription subpass{};
        VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
        info.subpassCount = 1;
        info.pSubpasses = &subpass;
        return RenderPass(gpu.device(), info);
    }
    static VkImageCreateInfo image_info() {
        VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
        info.imageType = VK_IMAGE_TYPE_2D;
        info.format = VK_FORMAT_R8G8B8A8_UNORM;
        info.extent = {64, 64, 1};
        info.mipLevels = 1;
        info.arrayLayers = 1;
        info.samples = VK_SAMPLE_COUNT_1_BIT;
        info.tiling = VK_IMAGE_TILING_LINEAR;
        info.usage = VK_IMAGE_USAGE_SAMPLED_BIT;
        return info;
    }

    const Session& session_;
    RenderPass pass_;
    Image image_;
};

struct NamedCall {
    const char* name;
    void (Asked::*call)() const;
};
// The first is the one that is measured unless --call names another.
// Drivers for guests may know the granularity without asking; they cannot know this one.
constexpr NamedCall kCalls[] = {{"layout_support", &Asked::layout_support},
                                {"granularity", &Asked::granularity},
                                {"subresource_layout", &Asked::subresource_layout},
                                {"image_format", &Asked::image_format}};

void (Asked::*chosen(const Options& options))() const {
    if (options.call.empty()) return kCalls[0].call;
    for (const NamedCall& call : kCalls)
        if (options.call == call.name) return call.call;
    throw std::runtime_error("There is no call '" + options.call + "'; there are: " + call_names() +
                             ".");
}

// Polls one and the same thing; each poll has to give `expected`.
template <typename Poll>
Result poll_row(const Options& options, VkResult expected, const Poll& poll,
                std::uint32_t polls = kPolls) {
    return {median_us_each(options.seconds, polls, [&] {
        for (std::uint32_t i = 0; i < polls; ++i)
            if (poll() != expected) throw std::runtime_error("A poll gives an unexpected result.");
    })};
}

}  // namespace

std::string call_names() {
    std::string names;
    for (const NamedCall& call : kCalls)
        names += (names.empty() ? "" : ", ") + std::string(call.name);
    return names;
}

Result call_busy(const Options& options) {
    const Session session;
    const Asked asked(session);
    const auto call = chosen(options);
    return {median_us_each(options.seconds, kBatch, [&] {
        for (std::uint32_t i = 0; i < kBatch; ++i) (asked.*call)();
    })};
}

Result call_idle(const Options& options) {
    const Session session;
    const Asked asked(session);
    const auto call = chosen(options);
    std::vector<double> samples;
    for (double end = now_seconds() + options.seconds; now_seconds() < end || samples.size() < 5;) {
        std::this_thread::sleep_for(kIdle);
        const double start = now_seconds();
        (asked.*call)();
        samples.push_back((now_seconds() - start) * 1e6);
    }
    return summary(samples);
}

Result poll_fence(const Options& options) {
    const Session session;
    const VkDevice device = session.gpu.device();
    const Fence fence(device, VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    check(vkQueueSubmit(session.gpu.queue(), 0, nullptr, fence));
    check(vkQueueWaitIdle(session.gpu.queue()));
    return poll_row(options, VK_SUCCESS,
                    [&] { return session.calls.GetFenceStatus(device, fence); });
}

Result poll_timeline(const Options& options) {
    const Session session;
    const VkDevice device = session.gpu.device();
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    type.initialValue = 3;
    const Semaphore timeline(device,
                             VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
    std::uint64_t value = 0;
    return poll_row(options, VK_SUCCESS, [&] {
        return session.calls.GetSemaphoreCounterValue(device, timeline, &value);
    });
}

Result poll_event(const Options& options) {
    const Session session;
    const VkDevice device = session.gpu.device();
    const Event event(device, VkEventCreateInfo{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO});
    check(vkSetEvent(device, event));
    return poll_row(options, VK_EVENT_SET,
                    [&] { return session.calls.GetEventStatus(device, event); });
}

// A timestamp that was written long ago.
Result poll_query(const Options& options) {
    const Session session;
    const VkDevice device = session.gpu.device();
    if (session.gpu.family_properties().timestampValidBits == 0)
        throw NotOffered("The device has no timestamps to poll.");
    VkQueryPoolCreateInfo info{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    info.queryType = VK_QUERY_TYPE_TIMESTAMP;
    info.queryCount = 1;
    const QueryPool pool(device, info);
    run_once(session.gpu, [&](VkCommandBuffer commands) {
        vkCmdResetQueryPool(commands, pool, 0, 1);
        vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 0);
    });
    std::uint64_t result = 0;
    // Few at a time: some drivers wait for the queue in each.
    return poll_row(
        options, VK_SUCCESS,
        [&] {
            return session.calls.GetQueryPoolResults(device, pool, 0, 1, 8, &result, 8,
                                                     VK_QUERY_RESULT_64_BIT);
        },
        kPolls / 100);
}

}  // namespace vgpu::bench
