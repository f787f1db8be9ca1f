// How often waits look, and what they learn from it.
#include "base/spin.h"

#include <algorithm>

#include "tests/catch.h"

using namespace vgpu;

namespace {

constexpr int kWaits = 5000;  // what others do on this machine may delay the learning

// Waits for what never comes; how often it looked.
int looks_in_vain(SpinBudget& budget) {
    int looks = 0;
    CHECK_FALSE(budget.spin([&] {
        ++looks;
        return false;
    }));
    return looks;
}

int fewest_looks(SpinBudget::InVain kind) {
    SpinBudget budget(kind);
    int fewest = looks_in_vain(budget);
    for (int i = 0; i < kWaits; ++i) fewest = std::min(fewest, looks_in_vain(budget));
    return fewest;
}

}  // namespace

TEST_CASE("a wait ends at the look that finds what it waits for") {
    SpinBudget budget;
    int looks = 0;
    CHECK(budget.spin([&] { return ++looks == 7; }));
    CHECK(looks == 7);
}

TEST_CASE("a wait that learned to look in vain looks few times only where it is told so") {
    const int few = fewest_looks(SpinBudget::InVain::Few);
    const int many = fewest_looks(SpinBudget::InVain::Many);
    CHECK(few > 0);
    CHECK(5 * few < many);
}

TEST_CASE("a wait that looks in vain tries a long look now and then") {
    SpinBudget budget(SpinBudget::InVain::Few);
    const int few = fewest_looks(SpinBudget::InVain::Few);
    int longer = 0;
    for (int i = 0; i < kWaits; ++i) longer += looks_in_vain(budget) > 5 * few;
    CHECK(longer > 10);
    CHECK(longer < kWaits / 2);
}
