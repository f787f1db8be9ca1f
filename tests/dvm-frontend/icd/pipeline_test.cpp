// Tests pipelines: what Vulkan ignores is not looked at, and what cannot be made is not sent.
#include <array>
#include <vector>

#include "icd/graphics_pipeline.h"
#include "icd/render_pass.h"
#include "icd/spirv.h"
#include "objects.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

constexpr std::array<std::uint32_t, 6> kCode{0x07230203, 0x00010300, 0, 8, 0, 0x0001003f};

template <typename T>
const T* nowhere() {
    return reinterpret_cast<const T*>(16);
}

// A description whose every pointer may be ignored.
struct Description {
    VkPipelineShaderStageCreateInfo stages[2] = {
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
         .stage = VK_SHADER_STAGE_VERTEX_BIT,
         .module = handle_of<VkShaderModule>(wire::make_id(3, 1)),
         .pName = "main"},
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
         .stage = VK_SHADER_STAGE_FRAGMENT_BIT,
         .module = handle_of<VkShaderModule>(wire::make_id(4, 1)),
         .pName = "main"}};
    VkPipelineRasterizationStateCreateInfo rasterization{
        VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
    VkPipelineViewportStateCreateInfo viewport{
        VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
    VkPipelineColorBlendStateCreateInfo blend{
        VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
    VkPipelineDynamicStateCreateInfo dynamic{VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO};
    std::vector<VkDynamicState> states;
    RenderPass pass;
    VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};

    Description() {
        info.stageCount = 2;
        info.pStages = stages;
        info.pVertexInputState = nowhere<VkPipelineVertexInputStateCreateInfo>();
        info.pInputAssemblyState = nowhere<VkPipelineInputAssemblyStateCreateInfo>();
        info.pTessellationState = nowhere<VkPipelineTessellationStateCreateInfo>();
        info.pViewportState = &viewport;
        info.pRasterizationState = &rasterization;
        info.pMultisampleState = nowhere<VkPipelineMultisampleStateCreateInfo>();
        info.pDepthStencilState = nowhere<VkPipelineDepthStencilStateCreateInfo>();
        info.pColorBlendState = &blend;
        info.pDynamicState = &dynamic;
        pass.subpasses = {{true, true}, {true, false}, {false, true}};
        info.renderPass = handle_of_object<VkRenderPass>(pass);
        info.layout = handle_of<VkPipelineLayout>(wire::make_id(6, 1));
    }
    const VkGraphicsPipelineCreateInfo& sent() {
        dynamic.dynamicStateCount = static_cast<std::uint32_t>(states.size());
        dynamic.pDynamicStates = states.data();
        describe(info, described);
        return described.info;
    }
    SentGraphicsPipeline described;
};

VkComputePipelineCreateInfo compute(const void* stage_chain = nullptr) {
    VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
    info.stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .pNext = stage_chain,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .pName = "main"};
    if (!stage_chain) info.stage.module = handle_of<VkShaderModule>(wire::make_id(3, 1));
    info.layout = handle_of<VkPipelineLayout>(wire::make_id(6, 1));
    return info;
}

}  // namespace

TEST_CASE("a complete pipeline keeps what its render pass may use") {
    Description description;
    const VkGraphicsPipelineCreateInfo& sent = description.sent();
    CHECK(sent.stageCount == 2);
    CHECK(sent.pVertexInputState == description.info.pVertexInputState);
    CHECK(sent.pInputAssemblyState == description.info.pInputAssemblyState);
    CHECK(sent.pTessellationState == nullptr);
    CHECK(sent.pViewportState != nullptr);
    CHECK(sent.pMultisampleState == description.info.pMultisampleState);
    CHECK(sent.pDepthStencilState == description.info.pDepthStencilState);
    CHECK(sent.pColorBlendState == description.info.pColorBlendState);
    CHECK(sent.renderPass == description.info.renderPass);
    CHECK(sent.layout == description.info.layout);
}

TEST_CASE("tessellation is kept only with both of its stages") {
    Description description;
    description.stages[0].stage = VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT;
    CHECK(description.sent().pTessellationState == nullptr);
    description.stages[1].stage = VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT;
    CHECK(description.sent().pTessellationState != nullptr);
}

TEST_CASE("without rasterisation nothing behind it is looked at") {
    Description description;
    description.rasterization.rasterizerDiscardEnable = VK_TRUE;
    description.info.pViewportState = nowhere<VkPipelineViewportStateCreateInfo>();
    description.info.pColorBlendState = nowhere<VkPipelineColorBlendStateCreateInfo>();
    const VkGraphicsPipelineCreateInfo& sent = description.sent();
    CHECK(sent.pViewportState == nullptr);
    CHECK(sent.pMultisampleState == nullptr);
    CHECK(sent.pDepthStencilState == nullptr);
    CHECK(sent.pColorBlendState == nullptr);
    CHECK(sent.pRasterizationState == &description.rasterization);
}

TEST_CASE("rasterisation that is switched by a command may be on") {
    Description description;
    description.rasterization.rasterizerDiscardEnable = VK_TRUE;
    description.states = {VK_DYNAMIC_STATE_RASTERIZER_DISCARD_ENABLE};
    const VkGraphicsPipelineCreateInfo& sent = description.sent();
    CHECK(sent.pViewportState != nullptr);
    CHECK(sent.pMultisampleState != nullptr);
    CHECK(sent.pColorBlendState != nullptr);
}

TEST_CASE("viewports and scissors that commands set are left out") {
    Description description;
    description.viewport.viewportCount = description.viewport.scissorCount = 1;
    description.viewport.pViewports = nowhere<VkViewport>();
    description.viewport.pScissors = nowhere<VkRect2D>();
    description.states = {VK_DYNAMIC_STATE_VIEWPORT};
    CHECK(description.sent().pViewportState->pViewports == nullptr);
    CHECK(description.sent().pViewportState->pScissors == nowhere<VkRect2D>());
    description.states = {VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT};
    CHECK(description.sent().pViewportState->pViewports == nowhere<VkViewport>());
    CHECK(description.sent().pViewportState->pScissors == nullptr);
    CHECK(description.sent().pViewportState->viewportCount == 1);
}

TEST_CASE("vertex input that commands set is left out, and all of it with mesh shaders") {
    Description description;
    description.states = {VK_DYNAMIC_STATE_VERTEX_INPUT_EXT};
    CHECK(description.sent().pVertexInputState == nullptr);
    CHECK(description.sent().pInputAssemblyState != nullptr);
    description.stages[0].stage = VK_SHADER_STAGE_MESH_BIT_EXT;
    CHECK(description.sent().pInputAssemblyState == nullptr);
}

TEST_CASE("blending that commands set altogether has no attachments") {
    Description description;
    description.blend.attachmentCount = 2;
    description.blend.pAttachments = nowhere<VkPipelineColorBlendAttachmentState>();
    description.states = {VK_DYNAMIC_STATE_COLOR_BLEND_ENABLE_EXT,
                          VK_DYNAMIC_STATE_COLOR_BLEND_EQUATION_EXT};
    CHECK(description.sent().pColorBlendState->pAttachments != nullptr);
    description.states.push_back(VK_DYNAMIC_STATE_COLOR_WRITE_MASK_EXT);
    CHECK(description.sent().pColorBlendState->pAttachments == nullptr);
}

TEST_CASE("a sample mask that commands set is not looked at") {
    Description description;
    VkPipelineMultisampleStateCreateInfo samples{
        VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
    samples.rasterizationSamples = VK_SAMPLE_COUNT_4_BIT;
    samples.pSampleMask = nowhere<VkSampleMask>();
    description.info.pMultisampleState = &samples;
    CHECK(description.sent().pMultisampleState == &samples);
    description.states = {VK_DYNAMIC_STATE_SAMPLE_MASK_EXT};
    const auto& sent = *description.sent().pMultisampleState;
    CHECK(sent.rasterizationSamples == VK_SAMPLE_COUNT_4_BIT);
    CHECK(sent.pSampleMask == nullptr);
}

TEST_CASE("state for attachments that the subpass has not is left out") {
    Description description;
    description.info.subpass = 1;
    CHECK(description.sent().pColorBlendState == description.info.pColorBlendState);
    CHECK(description.sent().pDepthStencilState == nullptr);
    description.info.subpass = 2;
    CHECK(description.sent().pColorBlendState == nullptr);
    CHECK(description.sent().pDepthStencilState == description.info.pDepthStencilState);
}

TEST_CASE("with dynamic rendering the formats say which states count") {
    Description description;
    description.info.renderPass = VK_NULL_HANDLE;
    CHECK(description.sent().pColorBlendState == nullptr);
    CHECK(description.sent().pDepthStencilState == nullptr);
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
    rendering.colorAttachmentCount = 1;
    rendering.pColorAttachmentFormats = &format;
    description.info.pNext = &rendering;
    CHECK(description.sent().pColorBlendState != nullptr);
    CHECK(description.sent().pDepthStencilState == nullptr);
    CHECK(description.sent().pNext == &rendering);
    rendering.stencilAttachmentFormat = VK_FORMAT_S8_UINT;
    CHECK(description.sent().pDepthStencilState != nullptr);
}

TEST_CASE("formats beside a render pass are not looked at") {
    Description description;
    VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
    rendering.viewMask = 3;
    rendering.colorAttachmentCount = 4;
    rendering.pColorAttachmentFormats = nowhere<VkFormat>();
    description.info.pNext = &rendering;
    const auto* first = static_cast<const VkPipelineRenderingCreateInfo*>(description.sent().pNext);
    CHECK(first->sType == VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO);
    CHECK(first->colorAttachmentCount == 0);
    CHECK(first->viewMask == 3);
    CHECK(first->pNext == &rendering);
}

TEST_CASE("a library sends its own part only") {
    Description description;
    VkGraphicsPipelineLibraryCreateInfoEXT library{
        VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_LIBRARY_CREATE_INFO_EXT};
    description.info.pNext = &library;

    library.flags = VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT;
    VkGraphicsPipelineCreateInfo sent = description.sent();
    CHECK(sent.pVertexInputState != nullptr);
    CHECK((sent.stageCount == 0 && sent.pStages == nullptr));
    CHECK((!sent.pViewportState && !sent.pRasterizationState && !sent.pMultisampleState));
    CHECK((!sent.pDepthStencilState && !sent.pColorBlendState));
    CHECK((sent.layout == VK_NULL_HANDLE && sent.renderPass == VK_NULL_HANDLE));

    library.flags = VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT;
    sent = description.sent();
    CHECK((!sent.pVertexInputState && !sent.pInputAssemblyState && sent.stageCount == 2));
    CHECK((sent.pViewportState && sent.pRasterizationState && !sent.pMultisampleState));

    library.flags = VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT;
    sent = description.sent();
    CHECK((!sent.pViewportState && !sent.pRasterizationState && !sent.pColorBlendState));
    CHECK((sent.pMultisampleState && sent.pDepthStencilState));

    library.flags = VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT;
    sent = description.sent();
    CHECK((sent.pColorBlendState && sent.pMultisampleState && !sent.pDepthStencilState));
    CHECK((sent.stageCount == 0 && sent.renderPass != VK_NULL_HANDLE));
}

TEST_CASE("linking libraries looks at no state") {
    Description description;
    const VkPipeline part = handle_of<VkPipeline>(wire::make_id(8, 1));
    VkPipelineLibraryCreateInfoKHR linked{VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR,
                                          nullptr, 1, &part};
    description.info.pNext = &linked;
    const VkGraphicsPipelineCreateInfo& sent = description.sent();
    CHECK((!sent.pVertexInputState && !sent.pViewportState && !sent.pRasterizationState));
    CHECK((!sent.pMultisampleState && !sent.pDepthStencilState && !sent.pColorBlendState));
    CHECK(sent.layout == description.info.layout);
    CHECK(sent.pNext == &linked);
}

TEST_CASE("pipelines are posted with ids, without feedback") {
    FakeDevice gpu;
    std::vector<std::uint64_t> ids;
    gpu.host.on_post<wire::Args_vkCreateComputePipelines>([&](const auto& args) {
        for (std::uint32_t i = 0; i < args.createInfoCount; ++i) ids.push_back(args.pPipelines[i]);
    });
    VkPipelineCreationFeedback whole{VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT, 5};
    VkPipelineCreationFeedback stage = whole;
    VkPipelineCreationFeedbackCreateInfo feedback{
        VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO, nullptr, &whole, 1, &stage};
    VkComputePipelineCreateInfo infos[2] = {compute(), compute()};
    infos[1].pNext = &feedback;
    VkPipeline pipelines[2] = {};
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 2, infos, nullptr,
                                         pipelines) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    CHECK(ids == std::vector<std::uint64_t>{id_of(pipelines[0]), id_of(pipelines[1])});
    CHECK((whole.flags == 0 && stage.flags == 0));
}

TEST_CASE(
    "a pipeline that the host's gate refuses is an invalid shader, and its id is free again") {
    FakeDevice gpu;
    std::vector<std::uint64_t> asked;
    gpu.host.on<wire::Args_vgpuJudgePipelines, wire::Reply_vgpuJudgePipelines>(
        [&](const auto& args, auto& reply) {
            static VkResult results[3];
            asked.assign(args.pIds, args.pIds + args.pipelineCount);
            for (std::uint32_t i = 0; i < args.pipelineCount; ++i)
                results[i] = i == 1 ? VK_ERROR_INVALID_SHADER_NV : VK_SUCCESS;
            reply.pResults = results;
            reply.pResults_count = args.pipelineCount;
        });
    VkComputePipelineCreateInfo infos[3] = {compute(), compute(), compute()};
    VkPipeline pipelines[3] = {};
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 3, infos, nullptr,
                                         pipelines) == VK_ERROR_INVALID_SHADER_NV);
    CHECK(pipelines[0] != VK_NULL_HANDLE);
    CHECK(pipelines[1] == VK_NULL_HANDLE);
    CHECK(pipelines[2] != VK_NULL_HANDLE);
    REQUIRE(asked.size() == 3);
    const wire::ObjectId refused = asked[1];
    VkPipeline next = VK_NULL_HANDLE;
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 1, infos, nullptr, &next) ==
          VK_SUCCESS);
    CHECK(wire::index_of(id_of(next)) == wire::index_of(refused));
    CHECK(id_of(next) != refused);
}

TEST_CASE("behind a refused pipeline nothing is made where that was asked for") {
    FakeDevice gpu;
    gpu.host.on<wire::Args_vgpuJudgePipelines, wire::Reply_vgpuJudgePipelines>(
        [](const auto& args, auto& reply) {
            static VkResult results[] = {VK_ERROR_INVALID_SHADER_NV, VK_SUCCESS};
            reply.pResults = results;
            reply.pResults_count = args.pipelineCount;
        });
    VkComputePipelineCreateInfo infos[2] = {compute(), compute()};
    infos[0].flags = VK_PIPELINE_CREATE_EARLY_RETURN_ON_FAILURE_BIT;
    VkPipeline pipelines[2] = {};
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 2, infos, nullptr,
                                         pipelines) == VK_ERROR_INVALID_SHADER_NV);
    CHECK(pipelines[1] == VK_NULL_HANDLE);
    context_of(gpu.device).publish_all();
    CHECK(gpu.host.count(wire::Command::vkDestroyPipeline) == 1);
}

TEST_CASE("a pipeline that must not be compiled is not made, the others are") {
    FakeDevice gpu;
    VkComputePipelineCreateInfo infos[3] = {compute(), compute(), compute()};
    infos[1].flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
    VkPipeline pipelines[3] = {};
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 3, infos, nullptr,
                                         pipelines) == VK_PIPELINE_COMPILE_REQUIRED);
    CHECK(pipelines[0] != VK_NULL_HANDLE);
    CHECK(pipelines[1] == VK_NULL_HANDLE);
    CHECK(pipelines[2] != VK_NULL_HANDLE);
    infos[1].flags |= VK_PIPELINE_CREATE_EARLY_RETURN_ON_FAILURE_BIT;
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 3, infos, nullptr,
                                         pipelines) == VK_PIPELINE_COMPILE_REQUIRED);
    CHECK(pipelines[0] != VK_NULL_HANDLE);
    CHECK(pipelines[2] == VK_NULL_HANDLE);
}

#ifdef VK_KHR_maintenance5
TEST_CASE("flags of 64 bits take the place of a pipeline's others") {
    FakeDevice gpu;
    const VkPipelineCreateFlags2CreateInfoKHR flags{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO_KHR,
        .flags = VK_PIPELINE_CREATE_2_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT_KHR};
    VkComputePipelineCreateInfo info = compute();
    info.pNext = &flags;
    VkPipeline pipeline = VK_NULL_HANDLE;
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 1, &info, nullptr,
                                         &pipeline) == VK_PIPELINE_COMPILE_REQUIRED);
    CHECK(pipeline == VK_NULL_HANDLE);
}
#endif

TEST_CASE("garbage in place of a stage's module is refused before it crosses") {
    FakeDevice gpu;
    const std::uint32_t garbage[6] = {};
    VkShaderModuleCreateInfo code{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, nullptr, 0, 24,
                                  garbage};
    const VkComputePipelineCreateInfo info = compute(&code);
    VkPipeline pipeline = VK_NULL_HANDLE;
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 1, &info, nullptr,
                                         &pipeline) == VK_ERROR_INVALID_SHADER_NV);
    CHECK(pipeline == VK_NULL_HANDLE);
    context_of(gpu.device).publish_all();
    CHECK(gpu.host.count(wire::Command::vkCreateComputePipelines) == 0);
    code.pCode = kCode.data();
    CHECK(entry_vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 1, &info, nullptr,
                                         &pipeline) == VK_SUCCESS);
}

TEST_CASE("SPIR-V is known by its header and by instructions that end where it ends") {
    std::vector<std::uint32_t> code(kCode.begin(), kCode.end());
    CHECK(looks_like_spirv(code.data(), code.size() * 4));
    CHECK(looks_like_spirv(code.data(), 20));
    CHECK_FALSE(looks_like_spirv(code.data(), 23));
    CHECK_FALSE(looks_like_spirv(code.data(), 16));
    CHECK_FALSE(looks_like_spirv(nullptr, 24));
    code[5] = 0x0002003f;  // longer than what is left
    CHECK_FALSE(looks_like_spirv(code.data(), code.size() * 4));
    code[5] = 0x0000003f;  // no length at all
    CHECK_FALSE(looks_like_spirv(code.data(), code.size() * 4));
    code[5] = kCode[5];
    code[1] = 0x00020000;
    CHECK_FALSE(looks_like_spirv(code.data(), code.size() * 4));
    code[1] = kCode[1];
    code[0] = 0x03022307;
    CHECK_FALSE(looks_like_spirv(code.data(), code.size() * 4));
}

TEST_CASE("a shader module that is no SPIR-V is refused before it crosses") {
    FakeDevice gpu;
    const std::uint32_t before = crossings(gpu.device);
    const VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, nullptr, 0, 4,
                                        kCode.data()};
    VkShaderModule module = handle_of<VkShaderModule>(1);
    CHECK(entry_vkCreateShaderModule(gpu.device, &info, nullptr, &module) ==
          VK_ERROR_INVALID_SHADER_NV);
    CHECK(module == VK_NULL_HANDLE);
    CHECK(crossings(gpu.device) == before);
}

}  // namespace vgpu::icd::test
