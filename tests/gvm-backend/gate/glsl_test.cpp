// What a GLSL compiler makes of nearly everything that the language has passes the gate.
#include "gate/gate.h"
#include "tests/catch.h"
// Generated; they have no includes of their own.
#include "numbers_comp.h"
#include "references_comp.h"
#include "rich_frag.h"
#include "rich_geom.h"
#include "rich_tesc.h"
#include "rich_tese.h"
#include "rich_vert.h"

using namespace vgpu::gate;

namespace {

struct Given {
    const char* name;
    VkShaderStageFlagBits stage;
    std::span<const std::uint32_t> words;
    std::vector<std::vector<VkDescriptorSetLayoutBinding>> sets;
};

VkDescriptorSetLayoutBinding binding(std::uint32_t number, VkDescriptorType type,
                                     std::uint32_t count = 1) {
    return {number, type, count, VK_SHADER_STAGE_ALL, nullptr};
}

std::vector<Given> all() {
    return {
        {"numbers",
         VK_SHADER_STAGE_COMPUTE_BIT,
         numbers_comp,
         {{binding(0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER),
           binding(1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 5),
           binding(2, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC)},
          {binding(0, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE),
           binding(1, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER),
           binding(2, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER),
           binding(3, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 8)}}},
        {"references",
         VK_SHADER_STAGE_COMPUTE_BIT,
         references_comp,
         {{binding(0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER)}}},
        {"vertex", VK_SHADER_STAGE_VERTEX_BIT, rich_vert, {}},
        {"control", VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, rich_tesc, {}},
        {"evaluation", VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, rich_tese, {}},
        {"geometry", VK_SHADER_STAGE_GEOMETRY_BIT, rich_geom, {}},
        {"fragment",
         VK_SHADER_STAGE_FRAGMENT_BIT,
         rich_frag,
         {{binding(0, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE), binding(1, VK_DESCRIPTOR_TYPE_SAMPLER),
           binding(2, VK_DESCRIPTOR_TYPE_SAMPLER),
           binding(3, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER),
           binding(4, VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT),
           binding(5, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER)}}},
    };
}

}  // namespace

TEST_CASE("shaders of every stage and kind that GLSL has are let through") {
    Rules rules;
    rules.api_version = VK_API_VERSION_1_3;
    rules.scalar_layout = true;
    Gate gate(Mode::Full, rules, DeviceLimits());
    const std::uint32_t data[] = {8, 2, 16, 1};
    const VkSpecializationMapEntry entries[] = {{0, 0, 4}, {1, 4, 4}, {2, 8, 4}, {3, 12, 4}};
    const VkSpecializationInfo specialization{4, entries, sizeof data, data};
    for (const Given& given : all()) {
        INFO(given.name);
        const Judged judged = gate.judge(given.words);
        INFO((judged.refused ? judged.refused->text : ""));
        REQUIRE(judged.shader);
        PipelineLayout layout;
        for (const auto& bindings : given.sets) {
            VkDescriptorSetLayoutCreateInfo info{};
            info.bindingCount = static_cast<std::uint32_t>(bindings.size());
            info.pBindings = bindings.data();
            layout.sets.push_back(std::make_shared<const SetLayout>(info));
        }
        layout.push_constants = {{VK_SHADER_STAGE_ALL, 16, 112}};
        const Verdict verdict =
            gate.check(judged.shader.get(), {given.stage, "main", &specialization, &layout});
        INFO((verdict ? verdict->text : ""));
        CHECK_FALSE(verdict);
    }
}
