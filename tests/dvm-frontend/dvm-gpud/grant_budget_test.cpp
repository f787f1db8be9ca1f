// Shows that pages are counted, and that the kernel's limits are known beforehand.
#include "dvm-gpud/grant_budget.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/catch.h"

namespace vgpu::broker::test {
namespace {

TEST_CASE("a budget gives what it has, to the last page, and takes it back") {
    GrantBudget budget(100);
    {
        GrantShare most = budget.take(99);
        CHECK(most);
        CHECK_FALSE(budget.take(2));
        GrantShare last = budget.take(1);
        CHECK(last);
        CHECK(budget.used() == 100);
        CHECK_FALSE(budget.take(1));
        most = std::move(last);
        CHECK(budget.used() == 100);  // swapped, not dropped
    }
    CHECK(budget.used() == 0);
    CHECK_FALSE(budget.take(~std::uint64_t{0}));
    CHECK_FALSE(budget.take((std::uint64_t{1} << 32) + 1));
}

TEST_CASE("a budget that shrinks below what is taken gives nothing until enough came back") {
    GrantBudget budget(100);
    GrantShare share = budget.take(80);
    budget.set_capacity(50);
    CHECK_FALSE(budget.take(1));
    share = {};
    CHECK(budget.take(50));
}

// gntalloc's limit in a file of the test's own.
struct LimitFile {
    explicit LimitFile(const std::string& content) {
        ::close(::mkstemp(path));
        std::ofstream(path) << content;
    }
    ~LimitFile() { ::unlink(path); }
    std::uint32_t value() const {
        std::uint32_t limit = 0;
        std::ifstream(path) >> limit;
        return limit;
    }
    char path[32] = "/tmp/vgpu-limit-XXXXXX";
};

TEST_CASE("the capacity is the smaller one of module and grant table, and says which") {
    const LimitFile small("1024\n");
    const GrantCapacity module = find_grant_capacity(64, 2048, small.path, false);
    CHECK(module.pages == 1024);
    CHECK(module.because.find("options xen_gntalloc limit=30720") != std::string::npos);
    CHECK(small.value() == 1024);
    const LimitFile large("1000000\n");
    const GrantCapacity table = find_grant_capacity(64, 2048, large.path, false);
    CHECK(table.pages == 30720);
    CHECK(table.because.find("max_grant_frames") != std::string::npos);
    CHECK(find_grant_capacity(std::nullopt, 2048, large.path, false).pages == 30720);
    CHECK(find_grant_capacity(4, 2048, large.path, false).pages == 0);
    CHECK(find_grant_capacity(0, 0, large.path, false).pages == 0);
    CHECK(find_grant_capacity(~0u, 0, large.path, false).pages == 1000000);
}

TEST_CASE("the module's limit is set to what the table holds, in both directions") {
    for (const char* before : {"1024\n", "1000000\n"}) {
        const LimitFile file(before);
        CHECK(find_grant_capacity(600, 2048, file.path, true).pages == 305152);
        CHECK(file.value() == 305152);
    }
    CHECK(find_grant_capacity(600, 2048, "/nowhere/limit", true).pages == 1024);
}

TEST_CASE("a limit without meaning is none") {
    for (const char* text : {"-1\n", "nonsense\n"}) {
        const LimitFile file(text);
        CHECK(find_grant_capacity(64, 2048, file.path, false).pages == 0);
    }
}

}  // namespace
}  // namespace vgpu::broker::test
