// A burst of lines, then one a period.
#include "daemon/log_limit.h"

#include "tests/catch.h"

using vgpu::daemon::LogLimit;

TEST_CASE("lines are held back after a burst, and counted") {
    LogLimit limit(3, std::chrono::seconds(1));
    const LogLimit::Clock::time_point now = LogLimit::Clock::now();
    for (int i = 0; i < 3; ++i) CHECK(limit.allow(now));
    CHECK_FALSE(limit.allow(now));
    CHECK_FALSE(limit.allow(now + std::chrono::milliseconds(900)));
    CHECK(limit.take_held_back() == 2);
    CHECK(limit.take_held_back() == 0);
    CHECK(limit.allow(now + std::chrono::milliseconds(1100)));
    CHECK_FALSE(limit.allow(now + std::chrono::milliseconds(1200)));
    CHECK(limit.allow(now + std::chrono::hours(1)));
}
