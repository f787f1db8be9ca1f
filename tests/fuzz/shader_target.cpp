// libFuzzer's way in: any octets as a shader module at the gate. See docs of libFuzzer, "Fuzz
// Target". The first octet chooses the stage and whether SPIRV-Tools' validator takes part.
#include <cstring>
#include <vector>

#include "gate/gate.h"

namespace {

using namespace vgpu::gate;

const PipelineLayout& layout() {
    static const PipelineLayout made = [] {
        VkDescriptorSetLayoutBinding bindings[4]{};
        const VkDescriptorType types[] = {
            VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
            VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE};
        for (std::uint32_t i = 0; i < 4; ++i)
            bindings[i] = {i, types[i], 2, VK_SHADER_STAGE_ALL, nullptr};
        VkDescriptorSetLayoutCreateInfo info{};
        info.bindingCount = 4;
        info.pBindings = bindings;
        PipelineLayout layout;
        layout.sets = {std::make_shared<const SetLayout>(info), nullptr};
        layout.push_constants = {{VK_SHADER_STAGE_ALL, 0, 128}};
        return layout;
    }();
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
    if (bytes < 4) return 0;
    constexpr VkShaderStageFlagBits kStages[] = {
        VK_SHADER_STAGE_COMPUTE_BIT, VK_SHADER_STAGE_VERTEX_BIT, VK_SHADER_STAGE_FRAGMENT_BIT,
        VK_SHADER_STAGE_GEOMETRY_BIT};
    std::vector<std::uint32_t> words(bytes / 4 - 1);
    std::memcpy(words.data(), data + 4, words.size() * 4);
    Rules rules;
    rules.api_version = VK_API_VERSION_1_3;
    Gate gate(data[0] & 4 ? Mode::Full : Mode::Bounds, rules, DeviceLimits());
    const Judged judged = gate.judge(words);
    if (judged.refused) return 0;
    const std::uint32_t numbers[] = {data[1], data[2], 0xffffffff};
    const VkSpecializationMapEntry entries[] = {{0, 0, 4}, {1, 4, 4}, {2, 8, 4}};
    const VkSpecializationInfo specialization{data[3] % 4u, entries, 12, numbers};
    gate.check(judged.shader.get(), {kStages[data[0] % 4], "main", &specialization, &layout()});
    return 0;
}
