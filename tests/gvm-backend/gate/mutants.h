// Modules that a fuzzer would make: a good one with some of its words changed.
#pragma once

#include <random>
#include <span>

#include "shaders.h"

namespace vgpu::gate {

// Changes one to four words: by a bit, by one, to another of the module's words, to a number that
// is often an edge; or removes or doubles an instruction.
inline Words mutate(std::span<const std::uint32_t> good, std::mt19937& random) {
    Words words(good.begin(), good.end());
    const auto pick = [&](std::size_t n) { return random() % n; };
    const std::uint32_t edges[] = {0,          1,          2,          0xff,
                                   0xffff,     0x10000,    0x00ffffff, 0x3fffffff,
                                   0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    const std::size_t changes = 1 + pick(4);
    for (std::size_t i = 0; i < changes; ++i) {
        const std::size_t at = 3 + pick(words.size() - 3);
        switch (pick(6)) {
            case 0:
                words[at] ^= 1u << pick(32);
                break;
            case 1:
                words[at] += pick(2) ? 1 : -1;
                break;
            case 2:
                words[at] = words[5 + pick(words.size() - 5)];
                break;
            case 3:
                words[at] = edges[pick(std::size(edges))];
                break;
            default: {
                // A whole instruction.
                std::size_t begin = 5;
                while (begin < words.size() && begin + (words[begin] >> 16) <= at &&
                       words[begin] >> 16 != 0)
                    begin += words[begin] >> 16;
                if (begin >= words.size()) break;
                const std::size_t length =
                    std::min<std::size_t>(words[begin] >> 16, words.size() - begin);
                const Words one(words.begin() + begin, words.begin() + begin + length);
                if (pick(2))
                    words.erase(words.begin() + begin, words.begin() + begin + length);
                else
                    words.insert(words.begin() + begin, one.begin(), one.end());
                if (words.size() < 16) return words;
                break;
            }
        }
    }
    return words;
}

}  // namespace vgpu::gate
