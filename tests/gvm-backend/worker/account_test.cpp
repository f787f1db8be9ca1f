// One domain's account: a limit for all its contexts together.
#include "worker/account.h"

#include <memory>
#include <thread>
#include <vector>

#include "tests/catch.h"

using namespace vgpu;
using namespace vgpu::worker;

namespace {

struct Book {
    explicit Book(std::uint64_t limit, std::uint32_t lines = 2)
        : account(*Account::make()), page(account.page()) {
        page.memory_limit_bytes = limit;
        page.lines_used = lines;
    }
    Account account;
    AccountPage& page;
};

}  // namespace

TEST_CASE("a domain's limit holds for all its contexts together") {
    Book book(100);
    AccountEntry one(book.page, 0), other(book.page, 1);
    CHECK(one.try_charge(60));
    CHECK_FALSE(other.try_charge(41));
    CHECK(other.try_charge(40));
    CHECK_FALSE(one.try_charge(1));
    one.release(10);
    CHECK(other.try_charge(10));
    CHECK(other.line().memory_bytes == 50);
}

TEST_CASE("a refusal charges nothing, however large the wish") {
    Book book(100);
    AccountEntry one(book.page, 0);
    CHECK_FALSE(one.try_charge(101));
    CHECK_FALSE(one.try_charge(~std::uint64_t{0}));
    CHECK(one.line().memory_bytes == 0);
    CHECK(one.try_charge(100));
}

TEST_CASE("a limit that changes holds at once, for what is charged later") {
    Book book(100);
    AccountEntry one(book.page, 0);
    CHECK(one.try_charge(100));
    book.page.memory_limit_bytes = 50;
    CHECK_FALSE(one.try_charge(1));
    one.release(60);
    CHECK(one.try_charge(10));
    book.page.memory_limit_bytes = 1000;
    CHECK(one.try_charge(950));
}

TEST_CASE("contexts that charge at the same time never have more than the limit") {
    constexpr std::uint64_t kLimit = 1000;
    constexpr int kContexts = 4;
    Book book(kLimit, kContexts);
    std::atomic<std::uint64_t> held{0}, most{0};
    std::vector<std::thread> threads;
    for (int context = 0; context < kContexts; ++context) {
        threads.emplace_back([&, context] {
            AccountEntry entry(book.page, static_cast<std::uint32_t>(context));
            for (int i = 0; i < 20000; ++i) {
                const std::uint64_t bytes = 1 + static_cast<std::uint64_t>(i * 37 % 400);
                if (!entry.try_charge(bytes)) continue;
                const std::uint64_t now = held.fetch_add(bytes) + bytes;
                std::uint64_t before = most.load();
                while (before < now && !most.compare_exchange_weak(before, now)) {
                }
                held.fetch_sub(bytes);
                entry.release(bytes);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(most <= kLimit);
    CHECK(most >= 400);  // what a single one held
}

TEST_CASE("another process sees the same book by its descriptor") {
    Book book(100);
    std::optional<Account> there = Account::map(book.account.duplicate());
    REQUIRE(there);
    AccountEntry one(there->page(), 1);
    CHECK(one.try_charge(100));
    CHECK(book.page.lines[1].memory_bytes == 100);
    CHECK_FALSE(Account::map(UniqueFd()));
}
