// vgpu-short-timelines makes timeline semaphores that live for one submission each: one batch
// signals them, the next waits for them, and they are destroyed as soon as its fence says so. A
// driver may have a thread that looks at them a little longer.
//
// Exits 0 when every wait ends; it is for the service to say when one does not.
#include <array>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/kernel.h"
#include "common/program.h"
#include "increment.h"

namespace {

using namespace vgpu::programs;

constexpr int kRounds = 20;
constexpr std::size_t kLinks = 3;

Semaphore make_timeline(const Gpu& gpu) {
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    return Semaphore(gpu.device(), {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
}

// One submit of a chain on one timeline: of each link, a batch that signals, one that waits for it
// and signals too, and the host, which lets the next link go on.
class Chain {
  public:
    explicit Chain(const Gpu& gpu) : gpu_(gpu), timeline_(make_timeline(gpu)) {}

    void submit(const std::vector<VkCommandBuffer>& work) {
        constexpr std::size_t kBatches = 2 * kLinks;
        const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
        std::array<std::uint64_t, kBatches> waits{}, signals{};
        std::array<VkTimelineSemaphoreSubmitInfo, kBatches> values{};
        std::array<VkSubmitInfo, kBatches> batches{};
        for (std::size_t i = 0; i < kBatches; ++i) {
            waits[i] = 3 * (i / 2) + i % 2;
            signals[i] = waits[i] + 1;
            values[i] = {VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
                         nullptr,
                         1,
                         &waits[i],
                         1,
                         &signals[i]};
            batches[i] = {VK_STRUCTURE_TYPE_SUBMIT_INFO,
                          &values[i],
                          1,
                          timeline_.address(),
                          &stage,
                          1,
                          &work[i],
                          1,
                          timeline_.address()};
        }
        check(vkQueueSubmit(gpu_.queue(), kBatches, batches.data(), VK_NULL_HANDLE));
    }

    // The host's part. Another thread waits for the queue meanwhile.
    void let_go() {
        for (std::uint64_t link = 0; link + 1 < kLinks; ++link) {
            const std::uint64_t value = 3 * link + 2;
            const VkSemaphoreWaitInfo wait{
                VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, nullptr, 0, 1, timeline_.address(), &value};
            check(vkWaitSemaphores(gpu_.device(), &wait, UINT64_MAX));
            const VkSemaphoreSignalInfo signal{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr,
                                               timeline_, value + 1};
            check(vkSignalSemaphore(gpu_.device(), &signal));
        }
    }

  private:
    const Gpu& gpu_;
    const Semaphore timeline_;
};

// What the driver would give the freed memory to: modules of every small size, full of OpNop, which
// is no lock that is free.
void churn(const Gpu& gpu) {
    constexpr std::uint32_t kOpNop = 0x00010000;
    std::vector<ShaderModule> modules;
    for (std::size_t words = 8; words <= 80; words += 4) {
        std::vector<std::uint32_t> code(words, kOpNop);
        code[0] = 0x07230203;
        VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
        info.codeSize = words * sizeof(std::uint32_t);
        info.pCode = code.data();
        modules.emplace_back(gpu.device(), info);
    }
}

// A round's own pipelines, destroyed with it: their end takes the driver's thread a while.
void run_round(const Gpu& gpu, const Commands& commands, const BoundBuffer& counters) {
    std::vector<std::unique_ptr<Kernel>> kernels;
    std::vector<VkCommandBuffer> work;
    for (std::size_t i = 0; i < 2 * kLinks; ++i) {
        kernels.push_back(
            std::make_unique<Kernel>(gpu, increment, std::initializer_list<VkBuffer>{counters}, 8));
        work.push_back(commands.allocate());
        begin(work.back(), 0);
        const std::array<std::uint32_t, 2> add{0, 1};
        kernels.back()->bind(work.back(), add.data());
        vkCmdDispatch(work.back(), 100, 1, 1);
        check(vkEndCommandBuffer(work.back()));
    }
    Chain chain(gpu);
    std::thread host([&] { chain.let_go(); });
    chain.submit(work);
    const VkResult idle = vkDeviceWaitIdle(gpu.device());
    host.join();
    check(idle);
}

int run() {
    const Instance instance(false);
    const Gpu gpu(instance, 0);
    const BoundBuffer counters = zeroed_storage(gpu, 1);
    for (int round = 0; round < kRounds; ++round) {
        const Commands commands(gpu);
        run_round(gpu, commands, counters);
        churn(gpu);
    }
    std::puts("every wait ends");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-short-timelines", "Destroys timelines as soon as they are waited for.");
    line.parse(argc, argv);
    return guarded(run);
}
