// Rows: small objects that come and go, measured until the host has done it all.
#include <array>
#include <cstdint>
#include <vector>

#include "common/pipelines.h"
#include "multiply.h"
#include "rows.h"

namespace vgpu::bench {

namespace {

constexpr std::uint32_t kBatch = 5000;

template <typename Once>
Result drained(const Options& options, const Session& session, const Once& once) {
    return {median_us_each(options.seconds, kBatch, [&] {
        for (std::uint32_t i = 0; i < kBatch; ++i) once();
        session.drain();
    })};
}

}  // namespace

Result create_buffer(const Options& options) {
    const Session session;
    const VkDevice device = session.gpu.device();
    VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
    info.size = 4096;
    info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
    return drained(options, session, [&] {
        VkBuffer buffer = VK_NULL_HANDLE;
        check(session.calls.CreateBuffer(device, &info, nullptr, &buffer));
        session.calls.DestroyBuffer(device, buffer, nullptr);
    });
}

Result create_image_view(const Options& options) {
    const Session session;
    const VkDevice device = session.gpu.device();
    const BoundImage image(session.gpu,
                           {VK_FORMAT_R8G8B8A8_UNORM, {64, 64}, VK_IMAGE_USAGE_SAMPLED_BIT});
    VkImageViewCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
    info.image = image.get();
    info.viewType = VK_IMAGE_VIEW_TYPE_2D;
    info.format = VK_FORMAT_R8G8B8A8_UNORM;
    info.subresourceRange = image.range();
    return drained(options, session, [&] {
        VkImageView view = VK_NULL_HANDLE;
        check(session.calls.CreateImageView(device, &info, nullptr, &view));
        session.calls.DestroyImageView(device, view, nullptr);
    });
}

Result create_fence(const Options& options) {
    const Session session;
    const VkDevice device = session.gpu.device();
    const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    return drained(options, session, [&] {
        VkFence fence = VK_NULL_HANDLE;
        check(session.calls.CreateFence(device, &info, nullptr, &fence));
        session.calls.DestroyFence(device, fence, nullptr);
    });
}

Result descriptor_update(const Options& options) {
    const Session session;
    const Gpu& gpu = session.gpu;
    const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
                                      VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const DescriptorSetLayout layout = make_set_layout(gpu, types, VK_SHADER_STAGE_COMPUTE_BIT);
    const DescriptorPool pool = make_descriptor_pool(gpu, types, 1);
    const VkDescriptorSet set = allocate_set(gpu, pool, layout);
    const BoundBuffer buffer(
        gpu, 4096, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
        Placement::kDevice);
    const VkDescriptorBufferInfo whole{buffer, 0, VK_WHOLE_SIZE};
    std::array<VkWriteDescriptorSet, 2> writes{};
    for (std::uint32_t i = 0; i < 2; ++i) {
        writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
        writes[i].dstSet = set;
        writes[i].dstBinding = i;
        writes[i].descriptorCount = 1;
        writes[i].descriptorType = types[i];
        writes[i].pBufferInfo = &whole;
    }
    return drained(options, session, [&] {
        session.calls.UpdateDescriptorSets(gpu.device(), 2, writes.data(), 0, nullptr);
    });
}

namespace {

// A row of modules; `change` makes each another one.
Result shaders(const Options& options, bool change) {
    constexpr std::uint32_t kModules = 50;
    const Session session;
    std::vector<std::uint32_t> code(std::begin(multiply), std::end(multiply));
    // The word that names its compiler: the least that tells two modules apart.
    std::uint32_t* generator = &code[2];
    return {median_us_each(options.seconds, kModules, [&] {
        for (std::uint32_t i = 0; i < kModules; ++i) {
            if (change) ++*generator;
            VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
            info.codeSize = code.size() * sizeof(std::uint32_t);
            info.pCode = code.data();
            VkShaderModule module = VK_NULL_HANDLE;
            check(session.calls.CreateShaderModule(session.gpu.device(), &info, nullptr, &module));
            session.calls.DestroyShaderModule(session.gpu.device(), module, nullptr);
        }
        session.drain();
    })};
}

}  // namespace

Result shader_new(const Options& options) {
    return shaders(options, true);
}

Result shader_known(const Options& options) {
    return shaders(options, false);
}

}  // namespace vgpu::bench
