// Slots are held by whoever holds a copy of their descriptor.
#include "gpud/context_slots.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/gvm-backend/gpud/daemon.h"

using namespace vgpu;
using namespace vgpu::gpud;

TEST_CASE("each slot is given once, and again when its holder is gone") {
    TemporaryDirectory directory;
    const ContextSlots slots(directory.path() + "/slots");
    auto first = slots.take(2);
    const auto second = slots.take(2);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->index == 0);
    CHECK(second->index == 1);
    CHECK_FALSE(slots.take(2));
    // A copy of the descriptor, as a worker has one, keeps the slot held.
    UniqueFd copy(::fcntl(first->file.get(), F_DUPFD_CLOEXEC, 0));
    first.reset();
    CHECK_FALSE(slots.take(2));
    copy.reset();
    REQUIRE(slots.take(2));
    CHECK(slots.take(2)->index == 0);
}

TEST_CASE("holders are found by their locks, not by files that are left over") {
    TemporaryDirectory directory;
    const ContextSlots slots(directory.path() + "/slots");
    auto first = slots.take(4);
    auto second = slots.take(4);
    slots.note_holder(*first, 111);
    slots.note_holder(*second, 222);
    first.reset();
    const auto holders = slots.holders();
    REQUIRE(holders.size() == 1);
    CHECK(holders[0].index == 1);
    CHECK(holders[0].pid == 222);
}

TEST_CASE("what the next supervisor must know of a worker stands beside its process id") {
    TemporaryDirectory directory;
    const ContextSlots slots(directory.path() + "/slots");
    const auto local = slots.take(4);
    slots.note_holder(*local, 111);
    const auto owned = slots.take(4);
    slots.note_holder(*owned, 222, ContextSlots::Owner{5, 1, 77, 3});
    for (const auto& holder : slots.holders()) {
        CHECK(holder.owner.has_value() == (holder.pid == 222));
        if (!holder.owner) continue;
        CHECK(holder.owner->domid == 5);
        CHECK(holder.owner->device == 1);
        CHECK(holder.owner->context == 77);
        CHECK(holder.owner->account_line == 3);
    }
    CHECK(slots.holders().size() == 2);
}

TEST_CASE("a worker hears the next supervisor's connection, however long the directory's name is") {
    TemporaryDirectory directory;
    const ContextSlots slots(directory.path() + "/" + std::string(150, 'x'));
    const auto slot = slots.take(1);
    for (int i = 0; i < 2; ++i) {
        const UniqueFd listener = slots.listen(*slot);
        REQUIRE(listener);
        const UniqueFd here = slots.connect(slot->index);
        REQUIRE(here);
        CHECK(UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    }
    CHECK_FALSE(slots.connect(slot->index));  // nobody listens any more
}

TEST_CASE("a slot's holder cannot write its file") {
    TemporaryDirectory directory;
    const ContextSlots slots(directory.path() + "/slots");
    const auto slot = slots.take(1);
    CHECK((::fcntl(slot->file.get(), F_GETFL) & O_ACCMODE) == O_RDONLY);
}
