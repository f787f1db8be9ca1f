// The table of a context's objects: limits, generations, families.
#include "wire/handle_table.h"

#include <atomic>
#include <memory>
#include <thread>

#include "tests/catch.h"

namespace vgpu::wire {

namespace {

constexpr std::uint16_t kPool = 3;
constexpr std::uint16_t kChild = 4;
constexpr std::uint32_t kScope = HandleTable::kInstanceScope;

// Says when it is destroyed.
struct Witness final : SlotState {
    explicit Witness(int& counter) : ended(counter) {}
    ~Witness() override { ++ended; }
    int& ended;
};

}  // namespace

TEST_CASE("an object is found by its id alone") {
    HandleTable table(2048);
    const ObjectId id = make_id(1500, 2);
    CHECK(table.find(id) == nullptr);
    Slot* slot = table.insert(id, kPool, 77, kScope);
    REQUIRE(slot);
    CHECK(table.find(id) == slot);
    CHECK(table.find(id)->host == 77);
    CHECK(table.find(id, kPool) == slot);
    CHECK(table.find(id, kChild) == nullptr);
    CHECK(table.find(make_id(1500, 1)) == nullptr);
    CHECK(table.find(make_id(1500, 3)) == nullptr);
    CHECK(table.find(make_id(1501, 2)) == nullptr);
    CHECK(&table.at_index(1500) == slot);
    CHECK(table.live() == 1);
}

TEST_CASE("the null handle is no object, even while nothing lives at index 0") {
    HandleTable table(8);
    CHECK(table.find(0) == nullptr);
    table.insert(make_id(0, 1), kPool, 1, kScope);
    CHECK(table.find(0) == nullptr);
    CHECK(table.find(make_id(0, 1)) != nullptr);
    CHECK_FALSE(table.can_insert(0));
    CHECK(table.why_not(0, kPool) == Violation::UnknownHandle);
}

TEST_CASE("indices stay below the limit") {
    for (const std::uint32_t limit : {0u, 1u, 1023u, 1024u, 1025u, 5000u}) {
        INFO(limit);
        HandleTable table(limit);
        const ObjectId first_beyond = make_id(limit, 1);
        CHECK(table.find(first_beyond) == nullptr);
        CHECK_FALSE(table.can_insert(first_beyond));
        CHECK(table.insert(first_beyond, kPool, 1, kScope) == nullptr);
        CHECK(table.why_not(first_beyond, kPool) == Violation::UnknownHandle);
        CHECK(table.find(make_id(0xffffffff, 1)) == nullptr);
        if (limit == 0) continue;
        CHECK(table.insert(make_id(limit - 1, 1), kPool, 1, kScope) != nullptr);
        CHECK(table.find(make_id(limit - 1, 1)) != nullptr);
    }
}

TEST_CASE("the highest limit is a limit too") {
    HandleTable table(0xffffffff);
    CHECK(table.find(make_id(0xfffffffe, 1)) == nullptr);
    CHECK(table.insert(make_id(0xfffffffe, 1), kPool, 1, kScope) != nullptr);
    CHECK(table.find(make_id(0xfffffffe, 1)) != nullptr);
    CHECK_FALSE(table.can_insert(make_id(0xffffffff, 1)));
}

TEST_CASE("a living object's index is taken, whatever the generation") {
    HandleTable table(16);
    REQUIRE(table.insert(make_id(3, 1), kPool, 1, kScope));
    CHECK_FALSE(table.can_insert(make_id(3, 1)));
    CHECK_FALSE(table.can_insert(make_id(3, 2)));
    CHECK(table.insert(make_id(3, 2), kPool, 2, kScope) == nullptr);
    CHECK(table.find(make_id(3, 1))->host == 1);
    CHECK(table.live() == 1);
}

TEST_CASE("an id of generation 0 is never an object") {
    HandleTable table(16);
    CHECK_FALSE(table.can_insert(make_id(3, 0)));
    CHECK(table.insert(make_id(3, 0), kPool, 1, kScope) == nullptr);
    CHECK(table.why_not(make_id(3, 0), kPool) == Violation::UnknownHandle);
}

TEST_CASE("what is wrong with a handle is told apart") {
    HandleTable table(16);
    CHECK(table.why_not(make_id(3, 1), kPool) == Violation::UnknownHandle);
    Slot* slot = table.insert(make_id(3, 5), kPool, 1, kScope);
    CHECK(table.why_not(make_id(3, 5), kPool) == Violation::None);
    CHECK(table.why_not(make_id(3, 5), kChild) == Violation::WrongHandleType);
    CHECK(table.why_not(make_id(3, 4), kPool) == Violation::FreedHandle);
    CHECK(table.why_not(make_id(3, 6), kPool) == Violation::UnknownHandle);
    CHECK(table.why_not(make_id(4, 1), kPool) == Violation::UnknownHandle);
    table.erase(*slot);
    CHECK(table.why_not(make_id(3, 5), kPool) == Violation::FreedHandle);
    CHECK(table.why_not(make_id(3, 6), kPool) == Violation::UnknownHandle);
}

TEST_CASE("an index serves its next generation") {
    HandleTable table(16);
    for (std::uint32_t generation = 1; generation < 100; ++generation) {
        Slot* slot = table.insert(make_id(3, generation), kPool, generation, kScope);
        REQUIRE(slot);
        CHECK(slot->host == generation);
        table.erase(*slot);
        CHECK(table.find(make_id(3, generation)) == nullptr);
    }
    CHECK(table.live() == 0);
}

TEST_CASE("a pool's end is its children's end, and their state's") {
    int ended = 0;
    HandleTable table(64);
    Slot* pool = table.insert(make_id(1, 1), kPool, 1, kScope);
    Slot* other = table.insert(make_id(2, 1), kPool, 2, kScope);
    for (std::uint32_t i = 10; i < 20; ++i) {
        Slot* parent = i % 2 ? pool : other;
        table.insert(make_id(i, 1), kChild, i, kScope, parent)->state =
            std::make_unique<Witness>(ended);
    }
    pool->state = std::make_unique<Witness>(ended);
    table.erase(*pool);
    CHECK(ended == 6);
    CHECK(table.live() == 6);
    for (std::uint32_t i = 10; i < 20; ++i)
        CHECK((table.find(make_id(i, 1)) == nullptr) == (i % 2 == 1));
    table.erase_children(*other);
    CHECK(table.live() == 1);
    CHECK(table.find(make_id(2, 1)) == other);
    CHECK(ended == 11);
}

TEST_CASE("a child may go before its pool, from any place in the family") {
    HandleTable table(64);
    for (std::uint32_t gone = 10; gone < 13; ++gone) {
        Slot* pool = table.insert(make_id(1, gone), kPool, 1, kScope);
        for (std::uint32_t i = 10; i < 13; ++i)
            table.insert(make_id(i, gone), kChild, i, kScope, pool);
        table.erase(*table.find(make_id(gone, gone)));
        CHECK(table.live() == 3);
        // Its index now serves an object of no family, which outlives the pool.
        table.insert(make_id(gone, gone + 1), kPool, 1, kScope);
        table.erase(*pool);
        CHECK(table.live() == 1);
        table.erase(*table.find(make_id(gone, gone + 1)));
        CHECK(table.live() == 0);
    }
}

TEST_CASE("families nest") {
    HandleTable table(64);
    Slot* top = table.insert(make_id(1, 1), kPool, 1, kScope);
    Slot* middle = table.insert(make_id(2, 1), kPool, 1, kScope, top);
    table.insert(make_id(3, 1), kChild, 1, kScope, middle);
    table.insert(make_id(4, 1), kChild, 1, kScope, top);
    table.erase(*top);
    CHECK(table.live() == 0);
}

TEST_CASE("who looks at an object that is still being made waits for its end") {
    HandleTable table(16);
    for (const std::uint64_t outcome : {std::uint64_t{77}, Slot::kFailed}) {
        Slot* slot = table.insert(make_id(3, 1), kPool, Slot::kPending, kScope);
        std::uint64_t seen = 0;
        std::thread other([&] { seen = table.find(make_id(3, 1))->host_handle(); });
        slot->settle(outcome);
        other.join();
        CHECK(seen == outcome);
        CHECK(slot->host_handle() == outcome);
        table.erase(*slot);
    }
}

// What ThreadSanitizer watches: a hostile guest's channels look and make at the same time.
TEST_CASE("a handle may be asked about while its index changes hands") {
    HandleTable table(16);
    constexpr std::uint32_t kGenerations = 20000;
    std::atomic<bool> looks{false}, over{false};
    bool sound = true;
    table.erase(*table.insert(make_id(3, 1), kPool, 1, kScope));
    std::thread other([&] {
        for (std::uint32_t generation = 1; !over; generation = generation % kGenerations + 1) {
            table.find(make_id(3, generation), kPool);
            const Violation violation = table.why_not(make_id(3, generation), kChild);
            if (violation == Violation::None) sound = false;
            looks = true;
        }
    });
    while (!looks) std::this_thread::yield();
    for (std::uint32_t generation = 2; generation <= kGenerations; ++generation)
        table.erase(*table.insert(make_id(3, generation), kPool, generation, kScope));
    over = true;
    other.join();
    CHECK(sound);
    CHECK(table.why_not(make_id(3, kGenerations), kPool) == Violation::FreedHandle);
}

TEST_CASE("every live object is visited once") {
    HandleTable table(4000);
    for (std::uint32_t i = 0; i < 4000; i += 7) table.insert(make_id(i, 1), kPool, i, kScope);
    table.erase(*table.find(make_id(7, 1)));
    std::uint32_t seen = 0;
    table.for_each([&](Slot& slot) {
        CHECK(slot.host % 7 == 0);
        CHECK(slot.host != 7);
        ++seen;
    });
    CHECK(seen == table.live());
    CHECK(seen == (4000 + 6) / 7 - 1);
}

}  // namespace vgpu::wire
