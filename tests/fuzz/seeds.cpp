// Builds the seeds from the samples of the wire's tests.
#include "seeds.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "record_run.h"
#include "wire/codec.h"

namespace vgpu::fuzz {

namespace {

using wire::test::SampleBuilder;

std::vector<std::uint8_t> sample(const wire::StructInfo& info,
                                 const wire::test::TestObjects& objects, std::uint64_t seed,
                                 SampleBuilder::Side side) {
    SampleBuilder builder(objects, seed, side);
    std::vector<std::uint8_t> overflow;
    wire::Writer writer(nullptr, nullptr, overflow);
    wire::encode(writer, info, builder.structure(info));
    return {writer.data(), writer.data() + writer.size()};
}

// Numbers at which arithmetic goes wrong.
constexpr std::uint32_t kOddWords[] = {0,          1,          2,          3,          0x7f,
                                       0xff,       0xffff,     0x10000,    0x7fffffff, 0x80000000,
                                       0x80000001, 0xfffffffe, 0xffffffff, 1000000000};

void change_word(std::vector<std::uint8_t>& input, std::mt19937_64& random) {
    if (input.size() < kHeaderBytes + 4) return;
    const std::size_t words = (input.size() - kHeaderBytes) / 4;
    const std::uint32_t word = kOddWords[random() % std::size(kOddWords)];
    std::memcpy(input.data() + kHeaderBytes + random() % words * 4, &word, sizeof(word));
}

void change_octet(std::vector<std::uint8_t>& input, std::mt19937_64& random) {
    if (input.size() <= kHeaderBytes) return;
    input[kHeaderBytes + random() % (input.size() - kHeaderBytes)] ^= 1u << random() % 8;
}

void cut(std::vector<std::uint8_t>& input, std::mt19937_64& random) {
    if (input.size() > kHeaderBytes) input.resize(kHeaderBytes + random() % (input.size() - 7));
}

void repeat(std::vector<std::uint8_t>& input, std::mt19937_64& random) {
    if (input.size() < kHeaderBytes + 4) return;
    const std::size_t from = kHeaderBytes + random() % ((input.size() - kHeaderBytes) / 4) * 4;
    const std::vector<std::uint8_t> tail(input.begin() + static_cast<std::ptrdiff_t>(from),
                                         input.end());
    input.insert(input.end(), tail.begin(), tail.end());
}

}  // namespace

std::vector<Seed> make_seeds(std::uint64_t variant) {
    const wire::test::TestObjects objects(0);
    std::vector<Seed> seeds;
    for (const wire::CommandInfo& command : wire::kCommands) {
        if (!command.name) continue;
        const std::string suffix = "-" + std::to_string(variant);
        seeds.push_back({command.name + suffix, make_input(command.number, false,
                                                           sample(command.args, objects, variant,
                                                                  SampleBuilder::Side::Guest))});
        if (command.replies)
            seeds.push_back(
                {command.name + suffix + "-reply",
                 make_input(command.number, true,
                            sample(command.reply, objects, variant, SampleBuilder::Side::Host))});
    }
    return seeds;
}

std::vector<std::uint8_t> damaged(const std::vector<std::uint8_t>& input, std::uint64_t number) {
    std::mt19937_64 random(number * 0x9e3779b97f4a7c15u + 1);
    std::vector<std::uint8_t> changed = input;
    constexpr void (*kWays[])(std::vector<std::uint8_t>&, std::mt19937_64&) = {
        change_word, change_word, change_word, change_octet, change_octet, cut, repeat};
    for (std::uint64_t left = 1 + random() % 3; left > 0; --left)
        kWays[random() % std::size(kWays)](changed, random);
    return changed;
}

}  // namespace vgpu::fuzz
