// Shows that posted records arrive whole and in order, whatever their length.
#include "icd/post.h"

#include <random>

#include "tests/catch.h"
#include "tests/dvm-frontend/icd/ring_host.h"

namespace vgpu::icd::test {
namespace {

constexpr std::uint16_t kRecord = 1000;

std::vector<std::uint8_t> payload_of(std::size_t bytes, std::uint8_t seed = 0) {
    std::vector<std::uint8_t> payload(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
        payload[i] = static_cast<std::uint8_t>(byte_of(i) + seed);
    return payload;
}

void post(Context& context, std::uint16_t command, Place place,
          const std::vector<std::uint8_t>& payload) {
    Post post(context, command, place);
    post.writer().raw(payload.data(), payload.size());
}

// The payload behind which zeros fill up the record.
bool is_padded(const std::vector<std::uint8_t>& got, const std::vector<std::uint8_t>& sent) {
    if (got.size() < sent.size() || got.size() - sent.size() >= 8) return false;
    return std::equal(sent.begin(), sent.end(), got.begin()) &&
           std::all_of(got.begin() + static_cast<long>(sent.size()), got.end(),
                       [](std::uint8_t byte) { return byte == 0; });
}

TEST_CASE("posts of all small sizes arrive in order on the thread's own channel") {
    RingHost host;
    Context context(host.guest());
    constexpr std::uint32_t kPosts = 20'000;
    std::mt19937 random(5);
    std::vector<std::size_t> sizes;
    for (std::uint32_t i = 0; i < kPosts; ++i) {
        sizes.push_back(random() % 100 * 4);
        const Place place = random() % 4 == 0 ? Place::Ordered : Place::Recorded;
        post(context, place == Place::Ordered ? std::uint16_t{kNote} : kRecord, place,
             payload_of(sizes.back(), static_cast<std::uint8_t>(i)));
    }
    context.publish_all();
    REQUIRE(host.wait_executed(kPosts));
    std::uint32_t wrong = 0, on_own = 0;
    const auto executed = host.executed();
    for (std::uint32_t i = 0; i < kPosts; ++i) {
        wrong +=
            !is_padded(executed[i].payload, payload_of(sizes[i], static_cast<std::uint8_t>(i)));
        on_own += executed[i].channel == 1;
    }
    CHECK(wrong == 0);
    CHECK(on_own >= kPosts - 10);  // but for vkCmds before the first ordered record
    CHECK(host.complaint().empty());
}

TEST_CASE("an ordered record has its own place and a recorded one the last that was taken") {
    RingHost host;
    Context context(host.guest());
    post(context, kNote, Place::Ordered, {});
    post(context, kRecord, Place::Recorded, {});
    post(context, kNote, Place::Ordered, {});
    post(context, kNote, Place::Ordered, {});
    post(context, kRecord, Place::Recorded, {});
    context.publish_all();
    REQUIRE(host.wait_executed(5));
    std::vector<std::uint32_t> orders;
    for (const Executed& record : host.executed()) orders.push_back(record.order);
    CHECK(orders == std::vector<std::uint32_t>{1, 1, 2, 3, 3});
    CHECK(context.last_order() == 3);
}

TEST_CASE("long records stream through the ring, with either form of length") {
    RingHost host;
    Context context(host.guest());
    const std::size_t sizes[] = {500,           4000,      200'000,   300'000, 65535 * 8 - 8,
                                 65536 * 8 - 8, 65536 * 8, 5'000'000, 12};
    for (const std::size_t size : sizes) {
        post(context, kNote, Place::Ordered, payload_of(size, 1));
        post(context, kRecord, Place::Recorded, payload_of(8, 2));
    }
    context.publish_all();
    REQUIRE(host.wait_executed(2 * std::size(sizes)));
    const auto executed = host.executed();
    for (std::size_t i = 0; i < std::size(sizes); ++i) {
        INFO(sizes[i] << " bytes");
        CHECK(is_padded(executed[2 * i].payload, payload_of(sizes[i], 1)));
        CHECK(executed[2 * i].command == kNote);
        CHECK(is_padded(executed[2 * i + 1].payload, payload_of(8, 2)));
    }
    CHECK(host.complaint().empty());
}

TEST_CASE("a record that is longer than any may be loses the context, and nothing else happens") {
    RingHost host;
    Context context(host.guest());
    {
        Post post(context, kNote, Place::Ordered);
        const std::vector<std::uint8_t> part(32 << 20);
        for (int i = 0; i < 9; ++i) post.writer().raw(part.data(), part.size());
    }
    CHECK(context.lost());
}

TEST_CASE("a batch becomes visible by itself and the rest when it is asked for") {
    RingHost host;
    Context context(host.guest());
    for (int i = 0; i < 600; ++i) post(context, kNote, Place::Ordered, payload_of(56));
    // 64 bytes each: less than 16 KiB of them can be left, which are 256.
    CHECK(host.wait_executed(600 - 256));
    context.publish_all();
    CHECK(host.wait_executed(600));
}

TEST_CASE("a full ring makes the poster wait for the host, not drop") {
    RingHost host;
    Context context(host.guest());
    post(context, kNote, Place::Ordered, {});
    host.hold();
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        host.release();
    });
    for (int i = 0; i < 5000; ++i) post(context, kRecord, Place::Recorded, payload_of(248));
    context.publish_all();
    CHECK(host.wait_executed(5001));
    later.join();
}

TEST_CASE("sending early ends the record once") {
    RingHost host;
    Context context(host.guest());
    {
        Post first(context, kNote, Place::Ordered);
        first.send();
        Post second(context, kNote, Place::Ordered);
    }
    context.publish_all();
    REQUIRE(host.wait_executed(2));
    CHECK(host.executed().size() == 2);
}

}  // namespace
}  // namespace vgpu::icd::test
