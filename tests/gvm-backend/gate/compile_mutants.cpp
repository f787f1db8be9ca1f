// compile-mutants gives mutated compute shaders to the host's driver itself, and counts how many
// end the process that compiles them, without a gate and behind it.
//
//     compile-mutants COUNT SEED none|validation|full
//
// Every compilation is a child's: what crashes it, or takes longer than 5 s, is counted.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "fill_shader.h"
#include "gate/gate.h"
#include "marked.h"
#include "mutants.h"
#include "tests/gvm-backend/worker/gpu_fixture.h"

namespace {

using namespace vgpu;
using namespace vgpu::gate;

// Shared by parent and child.
struct Progress {
    int next;
    int let_through;
    std::int64_t gate_ns;
    std::int64_t judged;
};

struct Setup {
    VkDescriptorSetLayout set = VK_NULL_HANDLE;
    VkPipelineLayout layout = VK_NULL_HANDLE;
    std::shared_ptr<PipelineLayout> known = std::make_shared<PipelineLayout>();
};

Setup set_up(VkDevice device) {
    Setup setup;
    const VkDescriptorSetLayoutBinding binding{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1,
                                               VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
    VkDescriptorSetLayoutCreateInfo set{};
    set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
    set.bindingCount = 1;
    set.pBindings = &binding;
    worker::must(vkCreateDescriptorSetLayout(device, &set, nullptr, &setup.set), "set layout");
    const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, 16};
    VkPipelineLayoutCreateInfo layout{};
    layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    layout.setLayoutCount = 1;
    layout.pSetLayouts = &setup.set;
    layout.pushConstantRangeCount = 1;
    layout.pPushConstantRanges = &range;
    worker::must(vkCreatePipelineLayout(device, &layout, nullptr, &setup.layout), "layout");
    setup.known->sets.push_back(std::make_shared<const SetLayout>(set));
    setup.known->push_constants = {range};
    return setup;
}

void compile(VkDevice device, VkPipelineLayout layout, const Words& words) {
    VkShaderModuleCreateInfo code{};
    code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    code.codeSize = words.size() * 4;
    code.pCode = words.data();
    VkComputePipelineCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.pName = "main";
    info.layout = layout;
    if (vkCreateShaderModule(device, &code, nullptr, &info.stage.module) != VK_SUCCESS) return;
    VkPipeline pipeline = VK_NULL_HANDLE;
    vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline);
    vkDestroyPipeline(device, pipeline, nullptr);
    vkDestroyShaderModule(device, info.stage.module, nullptr);
}

[[noreturn]] void work(Progress& progress, int count, unsigned seed, const std::string& way) {
    std::freopen("/dev/null", "w", stderr);
    worker::GpuFixture gpu;
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(gpu.physical, &properties);
    const Setup setup = set_up(gpu.device);
    Rules rules;
    rules.api_version = properties.apiVersion;
    rules.scalar_layout = true;
    Gate gate(Mode::Full, rules, DeviceLimits(properties.limits));
    const Words seeds[] = {{std::begin(marked), std::end(marked)},
                           {std::begin(kFillShader), std::end(kFillShader)}};
    while (progress.next < count) {
        const int index = progress.next++;
        std::mt19937 random(seed + static_cast<unsigned>(index));
        const Words words = mutate(seeds[index % 2], random);
        if (way == "validation" && validate(words, rules)) continue;
        if (way == "full") {
            const auto began = std::chrono::steady_clock::now();
            const Judged judged = gate.judge(words);
            const bool refused = judged.refused || gate.check(judged.shader.get(),
                                                              {VK_SHADER_STAGE_COMPUTE_BIT, "main",
                                                               nullptr, setup.known.get()});
            progress.gate_ns += (std::chrono::steady_clock::now() - began).count();
            ++progress.judged;
            if (refused) continue;
        }
        ++progress.let_through;
        ::alarm(5);
        compile(gpu.device, setup.layout, words);
        ::alarm(0);
    }
    ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: compile-mutants COUNT SEED none|validation|full\n", stderr);
        return 2;
    }
    const int count = std::atoi(argv[1]);
    const auto seed = static_cast<unsigned>(std::atoi(argv[2]));
    auto* progress = static_cast<Progress*>(::mmap(
        nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    int crashed = 0, hung = 0;
    while (progress->next < count) {
        const pid_t child = ::fork();
        if (child == 0) work(*progress, count, seed, argv[3]);
        int status = 0;
        ::waitpid(child, &status, 0);
        if (!WIFSIGNALED(status)) continue;
        const bool is_hang = WTERMSIG(status) == SIGALRM;
        ++(is_hang ? hung : crashed);
        std::printf("%s: mutant %d of seed %u\n", is_hang ? "hangs" : "crashes", progress->next - 1,
                    seed);
    }
    std::printf("%d mutants, %d let through: %d crash the compiler, %d hang it", count,
                progress->let_through, crashed, hung);
    if (progress->judged != 0)
        std::printf("; the gate takes %.3f ms each", 1e-6 * progress->gate_ns / progress->judged);
    std::puts(".");
    return 0;
}
