// Writes the fuzzer's first corpus: write_seeds FOLDER.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "seeds.h"

int main(int count, char** words) {
    if (count != 2) {
        std::fprintf(stderr, "Usage: write_seeds FOLDER, for one file per sample record.\n");
        return 2;
    }
    const std::filesystem::path folder = words[1];
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::size_t written = 0;
    for (std::uint64_t variant = 0; variant < 4; ++variant) {
        for (const vgpu::fuzz::Seed& seed : vgpu::fuzz::make_seeds(variant)) {
            std::ofstream file(folder / seed.name, std::ios::binary);
            file.write(reinterpret_cast<const char*>(seed.input.data()),
                       static_cast<std::streamsize>(seed.input.size()));
            if (!file) {
                std::fprintf(stderr, "%s cannot be written. Is the folder writable?\n",
                             (folder / seed.name).c_str());
                return 1;
            }
            ++written;
        }
    }
    std::printf("%zu files in %s\n", written, folder.c_str());
    return 0;
}
