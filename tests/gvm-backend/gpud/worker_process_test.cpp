// What a worker is started with.
#include "gpud/worker_process.h"

#include <algorithm>
#include <cstdlib>

#include "tests/catch.h"

using namespace vgpu::gpud;

namespace {

using Variables = std::vector<std::string>;

bool has(const Variables& variables, const std::string& one) {
    return std::find(variables.begin(), variables.end(), one) != variables.end();
}
bool names(const Variables& variables, const std::string& prefix) {
    return std::any_of(variables.begin(), variables.end(),
                       [&](const std::string& variable) { return variable.rfind(prefix, 0) == 0; });
}

}  // namespace

TEST_CASE("a worker keeps as much of its heap as it is told") {
    const Variables some = worker_environment("", 64);
    CHECK(has(some, "MALLOC_TRIM_THRESHOLD_=67108864"));
    CHECK(has(some, "MALLOC_MMAP_THRESHOLD_=16777216"));
    CHECK_FALSE(names(worker_environment("", 0), "MALLOC_"));
    // The C library takes no larger one.
    CHECK(has(worker_environment("", 1 << 20), "MALLOC_MMAP_THRESHOLD_=33554432"));
}

TEST_CASE("a worker gets what drivers read of the service's environment, and nothing else") {
    ::setenv("VK_SOMETHING", "yes", 1);
    ::setenv("SECRET", "no", 1);
    const Variables variables = worker_environment("/usr/share/some_icd.json", 0);
    CHECK(has(variables, "VK_SOMETHING=yes"));
    CHECK_FALSE(names(variables, "SECRET"));
    CHECK(has(variables, "VK_DRIVER_FILES=/usr/share/some_icd.json"));
}
