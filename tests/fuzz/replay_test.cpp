// The fuzzer's corpus without a fuzzer: seeds, damaged seeds, and what was found once.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "record_run.h"
#include "seeds.h"
#include "tests/catch.h"

namespace vgpu::fuzz {

namespace {

constexpr std::uint64_t kDamages = 100;

// From a block of exactly that size, so that a sanitizer sees who reads beyond it.
std::string run_exactly(RecordRun& run, const std::vector<std::uint8_t>& input) {
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[input.size()]);
    std::copy(input.begin(), input.end(), exact.get());
    return run(exact.get(), input.size());
}

}  // namespace

TEST_CASE("the seeds of every command run") {
    RecordRun run;
    for (std::uint64_t variant = 0; variant < 4; ++variant)
        for (const Seed& seed : make_seeds(variant)) {
            INFO(seed.name);
            CHECK(run_exactly(run, seed.input) == "");
        }
}

TEST_CASE("damaged seeds harm nobody") {
    RecordRun run;
    for (const Seed& seed : make_seeds())
        for (std::uint64_t number = 0; number < kDamages; ++number) {
            const std::string wrong = run_exactly(run, damaged(seed.input, number));
            if (!wrong.empty()) FAIL(seed.name << ", damage " << number << ": " << wrong);
        }
}

TEST_CASE("one command's octets under another's number harm nobody") {
    RecordRun run;
    const std::vector<Seed> seeds = make_seeds(1);
    for (std::size_t i = 0; i < seeds.size(); ++i)
        for (const std::size_t distance : {1, 17, 101}) {
            std::vector<std::uint8_t> input = seeds[i].input;
            const Seed& other = seeds[(i + distance) % seeds.size()];
            std::copy_n(other.input.begin(), kHeaderBytes, input.begin());
            const std::string wrong = run_exactly(run, input);
            if (!wrong.empty()) FAIL(seeds[i].name << " as " << other.name << ": " << wrong);
        }
}

TEST_CASE("what the fuzzer found once is found no more") {
    RecordRun run;
    for (const auto& entry : std::filesystem::directory_iterator(VGPU_FUZZ_REGRESSIONS)) {
        if (!entry.is_regular_file() || entry.path().extension() == ".md") continue;
        INFO(entry.path());
        std::ifstream file(entry.path(), std::ios::binary);
        const std::vector<std::uint8_t> input{std::istreambuf_iterator<char>(file), {}};
        CHECK(run_exactly(run, input) == "");
    }
}

}  // namespace vgpu::fuzz
