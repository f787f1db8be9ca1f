// The heap's free memory goes back when all channels rest, and not before.
#include "worker/heap_keeper.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "tests/catch.h"
#include "tests/gvm-backend/worker/channel_harness.h"

using namespace vgpu;
using namespace vgpu::worker;

namespace {

constexpr std::size_t kPieces = 1024;
constexpr std::size_t kPieceBytes = 32 << 10;
constexpr std::size_t kAllBytes = kPieces * kPieceBytes;

std::size_t resident_bytes() {
    std::size_t all = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// What a driver does in a frame, under a C library that keeps what is freed. Returns one piece more
// that stands behind the others.
std::vector<char> take_and_free() {
    std::vector<std::vector<char>> pieces;
    for (std::size_t i = 0; i < kPieces; ++i) pieces.emplace_back(kPieceBytes, 'x');
    return std::vector<char>(kPieceBytes, 'x');
}

struct Kept {
    Kept() {
        ::setenv("MALLOC_TRIM_THRESHOLD_", "1073741824", 1);
        ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
        ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
        HeapKeeper().rest();
        before = resident_bytes();
        take_and_free();
        REQUIRE(resident_bytes() > before + kAllBytes / 2);
    }
    bool holds() const { return resident_bytes() > before + kAllBytes / 2; }
    std::size_t before = 0;
};

}  // namespace

TEST_CASE("holes in the heap go back when nobody is awake") {
    HeapKeeper keeper;
    keeper.joins();
    const Kept kept;
    const std::vector<char> behind = take_and_free();
    keeper.rest();
    CHECK(kept.holds());
    keeper.leaves();
    keeper.rest();
    CHECK_FALSE(kept.holds());
}

TEST_CASE("a thread that rests gives its own heap's end back, though others are awake") {
    HeapKeeper keeper;
    keeper.joins();
    // Not the main thread: its heap's end is another matter.
    std::thread([&] {
        const Kept kept;
        keeper.rest();
        CHECK_FALSE(kept.holds());
        // What is freed later is kept again.
        take_and_free();
        CHECK(kept.holds());
        keeper.rest();
    }).join();
}

TEST_CASE("a channel that rests gives the heap back, and serves on") {
    Sequencer sequencer;
    FakeReplay replay;
    FakeServices services;
    ChannelHarness channel(0, sequencer, replay, services);
    const Kept kept;
    channel.send(ChannelHarness::record(kOrdered, 1));
    for (int i = 0; i < 100 && kept.holds(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK_FALSE(kept.holds());
    channel.send(ChannelHarness::record(kOrdered, 2));
    for (int i = 0; i < 100 && replay.ran().size() < 2; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(replay.ran().size() == 2);
}
