// Shows that ids are never used twice at one time, and that used ones keep the channels' order.
#include "icd/id_pool.h"

#include <set>

#include "icd/post.h"
#include "tests/catch.h"
#include "tests/dvm-frontend/icd/ring_host.h"

namespace vgpu::icd::test {
namespace {

using wire::generation_of;
using wire::index_of;

transport::Welcome with_objects(std::uint32_t objects_max) {
    transport::Welcome welcome = transport::test_welcome();
    welcome.objects_max = objects_max;
    return welcome;
}

TEST_CASE("exactly objects_max ids can be had, below it, and one comes back changed") {
    RingHost host(with_objects(100));
    Context context(host.guest());
    std::set<std::uint32_t> indices;
    std::vector<wire::ObjectId> ids;
    for (int i = 0; i < 100; ++i) {
        ids.push_back(context.new_id());
        REQUIRE(ids.back() != 0);
        CHECK(index_of(ids.back()) < 100);
        CHECK(generation_of(ids.back()) == 1);
        indices.insert(index_of(ids.back()));
    }
    CHECK(indices.size() == 100);
    CHECK(context.new_id() == 0);
    context.recycle_id(ids[7]);
    const wire::ObjectId again = context.new_id();
    CHECK(index_of(again) == index_of(ids[7]));
    CHECK(generation_of(again) == 2);
    CHECK(context.new_id() == 0);
}

TEST_CASE("a generation is never zero") {
    IdPool pool(1);
    IdList list;
    pool.give(list, wire::make_id(0, 0xffff'ffff), 0, 0);
    CHECK(generation_of(IdPool::take(list)) == 1);
}

TEST_CASE("what one channel freed another takes only after a long list spilled, and awaits it") {
    constexpr std::uint32_t kObjects = 6000;
    RingHost host(with_objects(kObjects));
    Context context(host.guest());
    Post(context, kNote, Place::Ordered).send();
    std::vector<wire::ObjectId> ids;
    for (std::uint32_t i = 0; i < kObjects; ++i) ids.push_back(context.new_id());
    REQUIRE(ids.back() != 0);
    for (std::size_t i = 0; i < IdPool::kSpillAbove; ++i) context.recycle_id(ids[i]);
    std::thread([&] { VGPU_CHECK(context.new_id() == 0); }).join();
    context.recycle_id(ids[IdPool::kSpillAbove]);
    std::uint32_t got = 0;
    std::thread([&] {
        while (const wire::ObjectId id = context.new_id()) {
            VGPU_CHECK(generation_of(id) == 2);
            ++got;
        }
        Post(context, kNote, Place::Ordered).send();
    }).join();
    CHECK(got == IdPool::kSpillAbove / 2);
    context.publish_all();
    REQUIRE(host.wait_executed(2));
    CHECK(host.awaits() == 1);
    CHECK(host.complaint().empty());
}

TEST_CASE("threads that take and give at once never hold the same index") {
    constexpr std::uint32_t kObjects = 20'000;
    RingHost host(with_objects(kObjects));
    Context context(host.guest());
    std::vector<std::atomic<int>> users(kObjects);
    std::atomic<int> clashes{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            std::vector<wire::ObjectId> mine;
            for (int round = 0; round < 60'000; ++round) {
                if (mine.size() < 100 || round % 3 != 0) {
                    if (const wire::ObjectId id = context.new_id()) {
                        clashes += users[index_of(id)].fetch_add(1) != 0;
                        mine.push_back(id);
                    }
                }
                if (mine.size() > 4800 || (round % 3 == 0 && !mine.empty())) {
                    users[index_of(mine.back())].fetch_sub(1);
                    context.recycle_id(mine.back());
                    mine.pop_back();
                }
                if (round % 50 == 0) Post(context, kNote, Place::Ordered).send();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(clashes == 0);
    CHECK(host.complaint().empty());
}

TEST_CASE("status slots are distinct, zero when taken, and end") {
    RingHost host;
    Context context(host.guest());
    std::set<std::uint32_t> slots;
    for (std::uint32_t i = 0; i < ring::kStatusSlots; ++i)
        slots.insert(*context.take_status_slot());
    CHECK(slots.size() == ring::kStatusSlots);
    CHECK(*slots.rbegin() == ring::kStatusSlots - 1);
    CHECK_FALSE(context.take_status_slot());
    context.status(77).store(5);
    context.give_status_slot(77);
    CHECK(context.take_status_slot() == 77);
    CHECK(context.status(77).load() == 0);
    CHECK_FALSE(context.take_status_slot());
}

}  // namespace
}  // namespace vgpu::icd::test
