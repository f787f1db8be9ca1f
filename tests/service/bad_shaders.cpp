// vgpu-bad-shaders makes pipelines of shaders that drivers crash or hang on, and of a good one.
//
//     vgpu-bad-shaders TIMES
//     vgpu-bad-shaders heavy
//
// Prints what became of each pipeline, then whether a good one still computes. "heavy" has one that
// compiles for minutes, and prints what became of its use.
#include <cstdio>
#include <functional>
#include <vector>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/kernel.h"
#include "common/program.h"
#include "heavy.h"
#include "marked.h"

namespace {

using namespace vgpu::programs;
using Words = std::vector<std::uint32_t>;

// A pipeline of the marked shader, in which one thing is wrong.
struct Attempt {
    Words code{std::begin(marked), std::end(marked)};
    std::vector<VkDescriptorType> descriptors{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    VkShaderStageFlags stages = VK_SHADER_STAGE_COMPUTE_BIT;
    std::uint32_t pushed = 4;
    const char* entry = "main";
    std::vector<VkSpecializationMapEntry> entries{{0, 0, 4}, {1, 4, 4}};
    std::vector<std::uint32_t> constants{8, 4};
    bool chained = false;
};

constexpr std::uint32_t kOpConstant = 43, kOpStore = 62, kOpDecorate = 71;

void for_each_instruction(Words& code,
                          const std::function<void(std::uint32_t, std::uint32_t*)>& f) {
    for (std::size_t at = 5; at < code.size(); at += code[at] >> 16)
        f(code[at] & 0xffff, &code[at]);
}

void replace_constant(Attempt& attempt, std::uint32_t was, std::uint32_t is) {
    for_each_instruction(attempt.code, [&](std::uint32_t op, std::uint32_t* words) {
        if (op == kOpConstant && words[3] == was) words[3] = is;
    });
}

void store_into_a_value(Attempt& attempt) {
    for_each_instruction(attempt.code, [](std::uint32_t op, std::uint32_t* words) {
        if (op == kOpStore) words[1] = words[2];
    });
}

void move_binding(Attempt& attempt, std::uint32_t binding) {
    constexpr std::uint32_t kBinding = 33;
    for_each_instruction(attempt.code, [&](std::uint32_t op, std::uint32_t* words) {
        if (op == kOpDecorate && words[2] == kBinding) words[3] = binding;
    });
}

VkResult make(const Gpu& gpu, const Attempt& attempt) {
    const DescriptorSetLayout set = make_set_layout(gpu, attempt.descriptors, attempt.stages);
    const VkDescriptorSetLayout sets[] = {set};
    const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, attempt.pushed};
    const PipelineLayout layout =
        make_layout(gpu, sets, std::span(&range, attempt.pushed != 0 ? 1 : 0));
    VkShaderModuleCreateInfo code{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
    code.codeSize = attempt.code.size() * 4;
    code.pCode = attempt.code.data();
    const VkSpecializationInfo constants{static_cast<std::uint32_t>(attempt.entries.size()),
                                         attempt.entries.data(), attempt.constants.size() * 4,
                                         attempt.constants.data()};
    VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.pName = attempt.entry;
    info.stage.pSpecializationInfo = &constants;
    info.layout = layout;
    VkShaderModule module = VK_NULL_HANDLE;
    if (attempt.chained) {
        info.stage.pNext = &code;
    } else if (const VkResult made = vkCreateShaderModule(gpu.device(), &code, nullptr, &module);
               made != VK_SUCCESS) {
        return made;
    }
    info.stage.module = module;
    VkPipeline pipeline = VK_NULL_HANDLE;
    const VkResult result =
        vkCreateComputePipelines(gpu.device(), VK_NULL_HANDLE, 1, &info, nullptr, &pipeline);
    vkDestroyShaderModule(gpu.device(), module, nullptr);
    if ((result == VK_SUCCESS) != (pipeline != VK_NULL_HANDLE))
        std::puts("A pipeline of no result");
    vkDestroyPipeline(gpu.device(), pipeline, nullptr);
    return result;
}

struct Case {
    const char* name;
    void (*spoil)(Attempt&);
};
constexpr Case kCases[] = {
    {"good", [](Attempt&) {}},
    {"cut off", [](Attempt& a) { a.code.resize(a.code.size() / 2); }},
    {"binding that the layout has not", [](Attempt& a) { move_binding(a, 7); }},
    {"binding far outside", [](Attempt& a) { move_binding(a, 0x7fffffff); }},
    {"descriptor of another kind",
     [](Attempt& a) { a.descriptors = {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE}; }},
    {"descriptor for other stages", [](Attempt& a) { a.stages = VK_SHADER_STAGE_VERTEX_BIT; }},
    {"push constants without a range", [](Attempt& a) { a.pushed = 0; }},
    {"entry point that is not there", [](Attempt& a) { a.entry = "another"; }},
    {"giant array", [](Attempt& a) { replace_constant(a, 2222, 0x0fffffff); }},
    {"giant shared memory", [](Attempt& a) { replace_constant(a, 1111, 0x00ffffff); }},
    {"specialized to a giant array", [](Attempt& a) { a.constants[1] = 0x0fffffff; }},
    {"specialized to a giant workgroup", [](Attempt& a) { a.constants[0] = 0x10000; }},
    {"specialized outside its data", [](Attempt& a) { a.entries[1].offset = 6; }},
    {"specialized by three octets", [](Attempt& a) { a.entries[1].size = 3; }},
    // Only validation finds these.
    {"not valid", store_into_a_value},
    {"chained and not valid", [](Attempt& a) { a.chained = true, store_into_a_value(a); }},
};

VkResult use_heavy(const Gpu& gpu) {
    const BoundBuffer words = zeroed_storage(gpu, 30000);
    const Kernel kernel(gpu, heavy, {words});
    const Commands commands(gpu);
    const VkCommandBuffer buffer = commands.allocate();
    begin(buffer);
    kernel.bind(buffer);
    vkCmdDispatch(buffer, 1, 1, 1);
    vkEndCommandBuffer(buffer);
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.commandBufferCount = 1;
    info.pCommandBuffers = &buffer;
    const VkResult result = vkQueueSubmit(gpu.queue(), 1, &info, VK_NULL_HANDLE);
    return result == VK_SUCCESS ? vkQueueWaitIdle(gpu.queue()) : result;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-bad-shaders", "Makes pipelines of bad shaders.");
    const std::string& times = line.operand("TIMES", "how often each; or heavy");
    line.parse(argc, argv);
    return guarded([&] {
        const Instance instance(false);
        const Gpu gpu(instance, 0);
        if (times == "heavy") {
            std::printf("heavy: %s\n", result_name(use_heavy(gpu)).c_str());
            return 0;
        }
        for (int i = 0; i < std::stoi(times); ++i)
            for (const Case& each : kCases) {
                Attempt attempt;
                each.spoil(attempt);
                std::printf("%s: %s\n", each.name, result_name(make(gpu, attempt)).c_str());
                std::fflush(stdout);
            }
        // The device goes on.
        const BoundBuffer words = zeroed_storage(gpu, 64);
        const Attempt good;
        const VkSpecializationInfo constants{2, good.entries.data(), 8, good.constants.data()};
        const Kernel kernel(gpu, marked, {words}, 4, &constants);
        const Commands commands(gpu);
        const VkCommandBuffer buffer = commands.allocate();
        begin(buffer);
        const std::uint32_t pushed = 3;
        kernel.bind(buffer, &pushed);
        vkCmdDispatch(buffer, 1, 1, 1);
        submit_and_wait(gpu, buffer);
        std::printf("then: computes %u\n", read_words(gpu, words)[0]);
        return 0;
    });
}
