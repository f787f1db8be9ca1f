// Shows that guest pages are handed out once, come together again, and stay below the limit.
#include "icd/page_pool.h"

#include <random>

#include "tests/catch.h"
#include "tests/dvm-frontend/icd/ring_host.h"

namespace vgpu::icd::test {
namespace {

constexpr std::size_t kMiB = 1 << 20;

// The pool over a host that counts what is asked of it.
struct Shared {
    explicit Shared(std::uint64_t limit = 512 * kMiB) : guest(host.guest()), pool(*guest, limit) {}
    RingHost host;
    std::unique_ptr<transport::GuestTransport> guest;
    PagePool pool;
};

TEST_CASE("ranges are whole pages, apart from each other, and known to the host") {
    Shared shared;
    const PageRange a = shared.pool.take(1), b = shared.pool.take(5000), c = shared.pool.take(4096);
    REQUIRE(a);
    REQUIRE(c);
    CHECK(a.size() == 4096);
    CHECK(b.size() == 8192);
    CHECK(a.region() == b.region());
    CHECK(a.offset() % 4096 == 0);
    CHECK(b.offset() == a.offset() + 4096);
    CHECK(c.offset() == b.offset() + 8192);
    CHECK(b.data() == a.data() + 4096);
    CHECK(a.fd() >= 0);
    CHECK(shared.host.regions_added == 1);
    CHECK(shared.pool.shared_bytes() == PagePool::kFirstRegionBytes);
}

TEST_CASE("taking and giving back again and again asks the host for nothing") {
    Shared shared;
    for (int i = 0; i < 1000; ++i) {
        const PageRange range = shared.pool.take(64 << 10);
        REQUIRE(range);
        CHECK(range.offset() == 0);
    }
    CHECK(shared.host.regions_added == 1);
    CHECK(shared.host.regions_removed == 0);
}

TEST_CASE("memory that may be exported lies in a region of its own") {
    Shared shared;
    const PageRange arena = shared.pool.take(4096);
    {
        const PageRange alone = shared.pool.take_alone(5000);
        REQUIRE(alone);
        CHECK(alone.region() != arena.region());
        CHECK(alone.offset() == 0);
        CHECK(alone.whole_region().size() == alone.size());
        // Nothing else is cut out of it.
        const PageRange next = shared.pool.take(4096);
        CHECK(next.region() == arena.region());
        // Another one has the same pages, and they count twice: it is mapped twice.
        const UniqueFd fd = shared.guest->export_region(alone.whole_region());
        const PageRange imported = shared.pool.adopt(shared.guest->import_region(fd.get()));
        REQUIRE(imported);
        CHECK(imported.region() != alone.region());
        alone.data()[4999] = 7;
        CHECK(imported.data()[4999] == 7);
        CHECK(shared.pool.shared_bytes() == PagePool::kFirstRegionBytes + 4 * 4096);
    }
    CHECK(shared.pool.shared_bytes() == PagePool::kFirstRegionBytes);
    CHECK(shared.host.regions_removed == 2);
}

TEST_CASE("a region over the limit is neither made alone nor adopted") {
    Shared shared(PagePool::kFirstRegionBytes);
    CHECK_FALSE(shared.pool.take_alone(PagePool::kFirstRegionBytes + 1));
    const PageRange all = shared.pool.take_alone(PagePool::kFirstRegionBytes);
    REQUIRE(all);
    const UniqueFd fd = shared.guest->export_region(all.whole_region());
    std::unique_ptr<transport::SharedRegion> region = shared.guest->import_region(fd.get());
    REQUIRE(region);
    CHECK_FALSE(shared.pool.adopt(std::move(region)));
}

TEST_CASE("holes grow together whatever the order") {
    Shared shared(PagePool::kFirstRegionBytes);
    std::mt19937 random(1);
    for (int round = 0; round < 20; ++round) {
        std::vector<PageRange> ranges;
        while (PageRange range = shared.pool.take(256 << 10)) ranges.push_back(std::move(range));
        REQUIRE(ranges.size() == 64);
        std::shuffle(ranges.begin(), ranges.end(), random);
        ranges.clear();
        const PageRange whole = shared.pool.take(PagePool::kFirstRegionBytes);
        REQUIRE(whole);
    }
    CHECK(shared.host.regions_added == 1);
}

TEST_CASE("a large range has a region of its own, which goes with it") {
    Shared shared;
    PageRange small = shared.pool.take(4096);
    {
        const PageRange large = shared.pool.take(PagePool::kOwnRegionBytes);
        REQUIRE(large);
        CHECK(large.offset() == 0);
        CHECK(large.region() != small.region());
        CHECK(shared.host.regions_added == 2);
    }
    CHECK(shared.host.regions_removed == 1);
    CHECK(shared.pool.shared_bytes() == PagePool::kFirstRegionBytes);
}

TEST_CASE("of empty arenas one is kept") {
    Shared shared;
    std::vector<PageRange> ranges;
    for (int i = 0; i < 10; ++i) ranges.push_back(shared.pool.take(20 * kMiB));
    REQUIRE(ranges.back());
    const int added = shared.host.regions_added;
    CHECK(added >= 3);
    ranges.clear();
    CHECK(shared.host.regions_removed == added - 1);
}

TEST_CASE("the limit holds for all regions together") {
    Shared shared(100 * kMiB);
    std::vector<PageRange> ranges;
    while (PageRange range = shared.pool.take(kMiB)) ranges.push_back(std::move(range));
    CHECK(ranges.size() == 100);
    CHECK(shared.pool.shared_bytes() == 100 * kMiB);
    CHECK_FALSE(shared.pool.take(1));
    CHECK_FALSE(shared.pool.take(101 * kMiB));
    ranges.pop_back();
    CHECK(shared.pool.take(1));
    ranges.clear();
    // The arena that is kept does not stand in the way of a large range.
    CHECK(shared.pool.take(100 * kMiB));
    CHECK_FALSE(shared.pool.take(0));
    CHECK_FALSE(shared.pool.take(SIZE_MAX));
}

TEST_CASE("a range that moves is given back once") {
    Shared shared(kMiB);
    PageRange a = shared.pool.take(kMiB);
    PageRange b = std::move(a);
    CHECK_FALSE(a);
    CHECK_FALSE(shared.pool.take(4096));
    b = PageRange();
    a = shared.pool.take(kMiB);
    CHECK(a);
}

TEST_CASE("threads never get overlapping ranges") {
    Shared shared(64 * kMiB);
    std::atomic<int> clashes{0};
    std::vector<std::thread> threads;
    for (int t = 1; t <= 4; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(static_cast<unsigned>(t));
            std::vector<PageRange> mine;
            for (int i = 0; i < 3000; ++i) {
                if (PageRange range = shared.pool.take((random() % 20 + 1) * 4096)) {
                    for (std::size_t at = 0; at < range.size(); at += 4096)
                        range.data()[at] = static_cast<std::uint8_t>(t);
                    mine.push_back(std::move(range));
                }
                if (mine.size() < 50) continue;
                const std::size_t victim = random() % mine.size();
                for (std::size_t at = 0; at < mine[victim].size(); at += 4096)
                    clashes += mine[victim].data()[at] != t;
                std::swap(mine[victim], mine.back());
                mine.pop_back();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(clashes == 0);
}

TEST_CASE("where a whole arena is refused a smaller one is shared, down to what is needed") {
    Shared shared;
    shared.host.bytes_max = 3 * kMiB;  // a guest on Xen with a kernel's default limit
    std::vector<PageRange> ranges;
    while (PageRange range = shared.pool.take(64 << 10)) ranges.push_back(std::move(range));
    CHECK(ranges.size() == 48);
    CHECK(shared.pool.shared_bytes() == 3 * kMiB);
    CHECK(shared.host.regions_added == 2);     // 2 MiB and 1 MiB
    CHECK(shared.host.regions_refused <= 20);  // and not one for each range
    ranges.clear();
    PageRange exact = shared.pool.take(3 * kMiB);
    REQUIRE(exact);
    CHECK_FALSE(shared.pool.take(4096));
    // When there are pages again arenas grow to their size.
    shared.host.bytes_max = SIZE_MAX;
    std::size_t largest = 0;
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t before = shared.pool.shared_bytes();
        ranges.push_back(shared.pool.take(kMiB));
        REQUIRE(ranges.back());
        largest = std::max(largest, static_cast<std::size_t>(shared.pool.shared_bytes() - before));
    }
    CHECK(largest == PagePool::kRegionBytes);
}

TEST_CASE("nothing is taken from a host that is gone") {
    Shared shared;
    PageRange before = shared.pool.take(4096);
    shared.host.kill();
    CHECK(shared.pool.take(4096));  // what is shared already
    CHECK_FALSE(shared.pool.take(100 * kMiB));
    before.data()[0] = 1;  // memory stays mapped
}

}  // namespace
}  // namespace vgpu::icd::test
