// libFuzzer's way in: any octets as a record. See docs of libFuzzer, "Fuzz Target".
#include <cstdio>
#include <cstdlib>

#include "record_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
    static vgpu::fuzz::RecordRun run;
    const std::string wrong = run(data, bytes);
    if (!wrong.empty()) {
        std::fprintf(stderr, "%s\n", wrong.c_str());
        std::abort();
    }
    return 0;
}
