// Shows that calls get their replies, of any length, and that senseless ones lose the context.
#include "icd/call.h"

#include "tests/catch.h"
#include "tests/dvm-frontend/icd/ring_host.h"

namespace vgpu::icd::test {
namespace {

std::uint32_t call_echo(Context& context, std::uint32_t value) {
    Call call(context, kEcho);
    call.writer().u32(value);
    wire::Reader* reply = call.wait();
    return reply != nullptr ? reply->u32() : 0xdead;
}

TEST_CASE("calls and posts of one thread come back in their order") {
    RingHost host;
    Context context(host.guest());
    for (std::uint32_t i = 0; i < 2000; ++i) {
        if (i % 3 == 0) Post(context, kNote, Place::Ordered).writer().u32(i);
        REQUIRE(call_echo(context, i) == i);
    }
    CHECK(host.complaint().empty());
    CHECK_FALSE(context.lost());
}

TEST_CASE("a reply of any length arrives whole") {
    RingHost host;
    Context context(host.guest());
    const std::uint32_t bytes =
        GENERATE(as<std::uint32_t>{}, 0, 4, 508, 512, 516, 65'528, 65'536, 70'000, 9'000'000);
    Call call(context, kReplyBytes);
    call.writer().u32(bytes);
    wire::Reader* reply = call.wait();
    REQUIRE(reply != nullptr);
    REQUIRE(reply->left() == bytes);
    const std::uint8_t* data = reply->raw(bytes);
    std::size_t wrong = 0;
    for (std::uint32_t i = 0; i < bytes; ++i) wrong += data[i] != byte_of(i);
    CHECK(wrong == 0);
    CHECK(call_echo(context, 3) == 3);
}

TEST_CASE("a reply lives while its thread goes on posting and calling") {
    RingHost host;
    Context context(host.guest());
    Call outer(context, kReplyBytes);
    outer.writer().u32(2000);
    wire::Reader* reply = outer.wait();
    REQUIRE(reply != nullptr);
    CHECK(call_echo(context, 8) == 8);
    Call inner(context, kReplyBytes);
    inner.writer().u32(3000);
    REQUIRE(inner.wait() != nullptr);
    const std::uint8_t* data = reply->raw(2000);
    CHECK(data[1999] == byte_of(1999));
}

TEST_CASE("a reply that makes no sense loses the context") {
    RingHost host;
    Context context(host.guest());
    const auto command = GENERATE(kBadOrder, kHugeReply, kBreakRings);
    Call call(context, command);
    CHECK(call.wait() == nullptr);
    CHECK(context.lost());
    CHECK(call_echo(context, 1) == 0xdead);
}

TEST_CASE("a call that was never waited for loses the context rather than mix up replies") {
    RingHost host;
    Context context(host.guest());
    { Call call(context, kEcho); }
    CHECK(context.lost());
}

TEST_CASE("calls on the shared channel take turns") {
    transport::Welcome welcome = transport::test_welcome();
    welcome.channels_max = 1;
    RingHost host(welcome);
    Context context(host.guest());
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint32_t i = 0; i < 500; ++i) {
                wrong += call_echo(context, t * 1000 + i) != t * 1000 + i;
                Post(context, kNote, Place::Ordered).writer().u32(i);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(host.channels() == 1);
    CHECK(host.complaint().empty());
}

}  // namespace
}  // namespace vgpu::icd::test
