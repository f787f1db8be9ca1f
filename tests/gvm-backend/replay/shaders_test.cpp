// Shaders on their way through the replay code: what the gate refuses is told, and costs nothing
// else.
#include <cstdint>

#include "tests/catch.h"
#include "tests/gvm-backend/replay/replay_harness.h"
// Generated; has no includes of its own.
#include "fill_shader.h"

using namespace vgpu;
using namespace vgpu::replay;
using wire::make_id;

namespace {

// A guest with a pipeline layout, (20, 1), that has one storage buffer.
class Guest : public ReplayHarness {
  public:
    explicit Guest(const char* mode = "full") {
        services.host_options.shader_gate = mode;
        context = make_context_replay(services);
        sink = context->sink_for_channel();
        make_all();
        VkDescriptorSetLayoutBinding binding{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1,
                                             VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
        VkDescriptorSetLayoutCreateInfo set{};
        set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
        set.bindingCount = 1;
        set.pBindings = &binding;
        must_run(wire::Args_vkCreateDescriptorSetLayout{
            .device = device, .pCreateInfo = &set, .pSetLayout = make_id(19, 1)});
        const auto set_layout = reinterpret_cast<VkDescriptorSetLayout>(make_id(19, 1));
        const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, 64};
        VkPipelineLayoutCreateInfo layout{};
        layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
        layout.setLayoutCount = 1;
        layout.pSetLayouts = &set_layout;
        layout.pushConstantRangeCount = 1;
        layout.pPushConstantRanges = &range;
        must_run(wire::Args_vkCreatePipelineLayout{
            .device = device, .pCreateInfo = &layout, .pPipelineLayout = make_id(20, 1)});
    }

    wire::Violation make_module(wire::ObjectId id, std::vector<std::uint32_t> words) {
        VkShaderModuleCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
        info.codeSize = words.size() * 4;
        info.pCode = words.data();
        return run(wire::Args_vkCreateShaderModule{
            .device = device, .pCreateInfo = &info, .pShaderModule = id});
    }
    wire::Violation make_pipelines(const std::vector<wire::ObjectId>& modules,
                                   const std::vector<wire::ObjectId>& ids,
                                   const char* entry = "main") {
        std::vector<VkComputePipelineCreateInfo> infos(modules.size());
        for (std::size_t i = 0; i < modules.size(); ++i) {
            infos[i].sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
            infos[i].stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
            infos[i].stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
            infos[i].stage.module = reinterpret_cast<VkShaderModule>(modules[i]);
            infos[i].stage.pName = entry;
            infos[i].layout = reinterpret_cast<VkPipelineLayout>(make_id(20, 1));
        }
        return run(wire::Args_vkCreateComputePipelines{
            .device = device,
            .createInfoCount = static_cast<std::uint32_t>(infos.size()),
            .pCreateInfos = infos.data(),
            .pPipelines = ids.data()});
    }
    // The last reply holds the verdicts behind their count.
    std::vector<VkResult> judge(const std::vector<wire::ObjectId>& ids) {
        std::vector<VkResult> none(ids.size());
        violation = run(
            wire::Args_vgpuJudgePipelines{.device = device,
                                          .pipelineCount = static_cast<std::uint32_t>(ids.size()),
                                          .pIds = ids.data(),
                                          .pResults = none.data()});
        std::vector<VkResult> verdicts(ids.size());
        if (reply.size() >= 4 + ids.size() * 4)
            std::memcpy(verdicts.data(), reply.data() + 4, ids.size() * 4);
        return verdicts;
    }
    wire::Violation destroy_module(wire::ObjectId id) {
        return run(wire::Args_vkDestroyShaderModule{
            .device = device, .shaderModule = reinterpret_cast<VkShaderModule>(id)});
    }
    wire::Violation destroy_pipeline(wire::ObjectId id) {
        return run(wire::Args_vkDestroyPipeline{.device = device,
                                                .pipeline = reinterpret_cast<VkPipeline>(id)});
    }

    wire::Violation violation = wire::Violation::None;
};

std::vector<std::uint32_t> good() {
    return {std::begin(kFillShader), std::end(kFillShader)};
}
// The first OpStore's pointer becomes its value.
std::vector<std::uint32_t> bad() {
    std::vector<std::uint32_t> words = good();
    for (std::size_t at = 5; at < words.size(); at += words[at] >> 16)
        if ((words[at] & 0xffff) == 62) {
            words[at + 1] = words[at + 2];
            break;
        }
    return words;
}

}  // namespace

TEST_CASE("a refused shader is a refused pipeline, told to who asks, and no lost context") {
    Guest guest;
    CHECK(guest.make_module(make_id(30, 1), bad()) == wire::Violation::None);
    CHECK(guest.make_pipelines({make_id(30, 1)}, {make_id(31, 1)}) == wire::Violation::None);
    CHECK(guest.judge({make_id(31, 1)}) == std::vector{VK_ERROR_INVALID_SHADER_NV});
    CHECK_FALSE(guest.services.lost());
    // The refused pipeline's id is free, and the module an object like any other.
    CHECK(guest.destroy_module(make_id(30, 1)) == wire::Violation::None);
    CHECK(guest.make_module(make_id(30, 2), good()) == wire::Violation::None);
    CHECK(guest.make_pipelines({make_id(30, 2)}, {make_id(31, 2)}) == wire::Violation::None);
    CHECK(guest.judge({make_id(31, 2)}) == std::vector{VK_SUCCESS});
    CHECK(guest.destroy_pipeline(make_id(31, 2)) == wire::Violation::None);
    CHECK_FALSE(guest.services.lost());
}

TEST_CASE("of several pipelines only those with refused shaders are refused") {
    Guest guest;
    guest.make_module(make_id(30, 1), bad());
    guest.make_module(make_id(31, 1), good());
    const std::vector ids{make_id(32, 1), make_id(33, 1), make_id(34, 1)};
    CHECK(guest.make_pipelines({make_id(31, 1), make_id(30, 1), make_id(31, 1)}, ids) ==
          wire::Violation::None);
    CHECK(guest.judge(ids) == std::vector{VK_SUCCESS, VK_ERROR_INVALID_SHADER_NV, VK_SUCCESS});
    CHECK(guest.destroy_pipeline(ids[0]) == wire::Violation::None);
    CHECK(guest.destroy_pipeline(ids[1]) != wire::Violation::None);
    CHECK(guest.destroy_pipeline(ids[2]) == wire::Violation::None);
}

TEST_CASE("a module may be destroyed while it is compiled") {
    Guest guest;
    for (std::uint32_t i = 1; i <= 50; ++i) {
        REQUIRE(guest.make_module(make_id(30, i), good()) == wire::Violation::None);
        REQUIRE(guest.make_pipelines({make_id(30, i)}, {make_id(31, i)}) == wire::Violation::None);
        REQUIRE(guest.destroy_module(make_id(30, i)) == wire::Violation::None);
        REQUIRE(guest.destroy_pipeline(make_id(31, i)) == wire::Violation::None);
    }
    CHECK_FALSE(guest.services.lost());
}

TEST_CASE("a device may go while its pipelines are compiled") {
    Guest guest;
    guest.make_module(make_id(30, 1), good());
    std::vector<wire::ObjectId> modules, ids;
    for (std::uint32_t i = 0; i < 20; ++i) {
        modules.push_back(make_id(30, 1));
        ids.push_back(make_id(40 + i, 1));
    }
    CHECK(guest.make_pipelines(modules, ids) == wire::Violation::None);
    CHECK(guest.run(wire::Args_vkDestroyDevice{.device = guest.device}) == wire::Violation::None);
    CHECK_FALSE(guest.services.lost());
}

TEST_CASE("verdicts are asked of pipelines only") {
    Guest guest;
    guest.judge({make_id(20, 1)});
    CHECK(guest.violation == wire::Violation::WrongHandleType);
    guest.judge({make_id(500, 1)});
    CHECK(guest.violation == wire::Violation::UnknownHandle);
}

TEST_CASE("an entry point that is not there is refused before the driver looks for it") {
    Guest guest;
    guest.make_module(make_id(30, 1), good());
    guest.make_pipelines({make_id(30, 1)}, {make_id(31, 1)}, "nobody");
    CHECK(guest.judge({make_id(31, 1)}) == std::vector{VK_ERROR_INVALID_SHADER_NV});
}

TEST_CASE("what is no SPIR-V reaches no driver, whatever its length says") {
    Guest guest;
    for (const std::vector<std::uint32_t>& words :
         {std::vector<std::uint32_t>{1}, std::vector<std::uint32_t>(100, 0xffffffff)}) {
        CHECK(guest.make_module(make_id(30, 1), words) == wire::Violation::None);
        CHECK(guest.make_pipelines({make_id(30, 1)}, {make_id(31, 1)}) == wire::Violation::None);
        CHECK(guest.judge({make_id(31, 1)}) == std::vector{VK_ERROR_INVALID_SHADER_NV});
        CHECK(guest.destroy_module(make_id(30, 1)) == wire::Violation::None);
    }
    CHECK_FALSE(guest.services.lost());
}

TEST_CASE("a gate that is off lets everything through") {
    Guest guest("off");
    guest.make_module(make_id(30, 1), good());
    CHECK(guest.make_pipelines({make_id(30, 1)}, {make_id(31, 1)}) == wire::Violation::None);
    CHECK(guest.judge({make_id(31, 1)}) == std::vector{VK_SUCCESS});
}
