// The gate itself meets what fuzzers make: it ends, it says why, and it reads nothing that is not
// there (the sanitizers look).
#include "mutants.h"
#include "fill_shader.h"
#include "gate/gate.h"
#include "tests/catch.h"

using namespace vgpu::gate;

TEST_CASE("mutated modules are refused with a reason or let through, and always in the end") {
    std::mt19937 random(4711);
    Rules rules;
    rules.api_version = VK_API_VERSION_1_3;
    Gate full(Mode::Full, rules, DeviceLimits()), bounds(Mode::Bounds, rules, DeviceLimits());
    PipelineLayout layout;
    std::vector<Words> seeds{
        {std::begin(kFillShader), std::end(kFillShader)}, with_buffer().words(), Compute().words()};
    int refused = 0, let_through = 0;
    for (int i = 0; i < 6000; ++i) {
        const Words words = mutate(seeds[i % seeds.size()], random);
        for (Gate* gate : {&bounds, &full}) {
            const Judged judged = gate->judge(words);
            if (judged.refused) {
                ++refused;
                CHECK(*judged.refused->check);
                continue;
            }
            ++let_through;
            const Verdict verdict = gate->check(
                judged.shader.get(), {VK_SHADER_STAGE_COMPUTE_BIT, "main", nullptr, &layout});
            if (verdict) CHECK_FALSE(verdict->text.empty());
        }
    }
    CHECK(refused > 1000);
    CHECK(let_through > 100);
}
