// What a context grants and refuses its guest, and how it ends.
#include "worker/context.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/setup_error.h"
#include "tests/catch.h"
#include "tests/gvm-backend/worker/channel_harness.h"

using namespace vgpu;
using namespace vgpu::worker;

namespace vgpu::replay {

std::unique_ptr<worker::ContextReplay> make_context_replay(worker::WorkerServices&) {
    return std::make_unique<FakeReplay>();
}

}  // namespace vgpu::replay

namespace {

class FakeTransport : public transport::HostTransport {
  public:
    explicit FakeTransport(std::size_t bytes = ring::kControlRegionBytes) : control(bytes) {}
    transport::MappedRegion& control_region() override { return control; }
    std::string run(transport::HostHandler&) override { return "The guest is gone."; }
    void stop() override { stops.fetch_add(1); }
    void ring_guest() override {
        rings.fetch_add(1);
        stops_at_ring = stops.load();
    }

    ring::ControlPage& page() { return *reinterpret_cast<ring::ControlPage*>(control.data()); }
    ring::StatusSlot& slot(std::uint32_t index) {
        return reinterpret_cast<ring::StatusSlot*>(control.data() + ring::kStatusOffset)[index];
    }
    FakeRegion control;
    std::atomic<int> stops{0};
    std::atomic<int> rings{0};
    int stops_at_ring = 0;
};

std::unique_ptr<AccountPage> make_account(std::uint64_t limit) {
    auto account = std::make_unique<AccountPage>();
    account->memory_limit_bytes = limit;
    account->lines_used = 1;
    return account;
}

struct Fixture {
    HostOptions options{.memory_limit_bytes = 1000, .channels_max = 4};
    FakeTransport transport;
    std::vector<std::unique_ptr<FakeDoorbell::Bell>> bells;
    std::unique_ptr<AccountPage> account = make_account(options.memory_limit_bytes);
    Context context{transport, options, *account};

    std::unique_ptr<transport::ChannelDoorbell> doorbell() {
        bells.push_back(std::make_unique<FakeDoorbell::Bell>());
        return std::make_unique<FakeDoorbell>(*bells.back());
    }
};

}  // namespace

TEST_CASE("a range is found only within its region, whatever the guest's numbers are") {
    Fixture f;
    const auto region = std::make_shared<FakeRegion>(8192);
    REQUIRE(f.context.add_region(5, region) == "");
    CHECK(f.context.find_pages(5, 0, 8192).data == region->data());
    CHECK(f.context.find_pages(5, 4096, 4096).data == region->data() + 4096);
    CHECK(f.context.find_pages(5, 8192, 0));
    const std::uint64_t most = ~std::uint64_t{0};
    CHECK_FALSE(f.context.find_pages(5, 0, 8193));
    CHECK_FALSE(f.context.find_pages(5, 4097, 4096));
    CHECK_FALSE(f.context.find_pages(5, 8193, 0));
    CHECK_FALSE(f.context.find_pages(5, most, 2));
    CHECK_FALSE(f.context.find_pages(5, 4096, most));
    CHECK_FALSE(f.context.find_pages(5, most - 4095, 4096));
    CHECK_FALSE(f.context.find_pages(4, 0, 1));
}

TEST_CASE("a range stays mapped though the guest takes its region back") {
    Fixture f;
    REQUIRE(f.context.add_region(1, std::make_shared<FakeRegion>(4096)) == "");
    GuestPages pages = f.context.find_pages(1, 0, 4096);
    // And the guest is told so, after a while.
    REQUIRE(f.context.remove_region(1) == "Region 1 is in use still.");
    CHECK_FALSE(f.context.find_pages(1, 0, 4096));
    CHECK(pages.region.use_count() == 1);
    pages.data[4095] = 1;
    CHECK(f.context.remove_region(1) != "");
}

TEST_CASE("a region's id is used once at a time, and 0 never") {
    Fixture f;
    CHECK(f.context.add_region(0, std::make_shared<FakeRegion>(4096)) != "");
    CHECK(f.context.add_region(1, std::make_shared<FakeRegion>(4096)) == "");
    CHECK(f.context.add_region(1, std::make_shared<FakeRegion>(4096)) != "");
}

TEST_CASE("a channel opens where it fits, once, and below the limit") {
    Fixture f;
    REQUIRE(f.context.add_region(1, std::make_shared<FakeRegion>(ring::kChannelBytes + 4096)) ==
            "");
    CHECK(f.context.open_channel(4, 1, 0, f.doorbell()) != "");
    CHECK(f.context.open_channel(~0u, 1, 0, f.doorbell()) != "");
    CHECK(f.context.open_channel(0, 2, 0, f.doorbell()) != "");
    CHECK(f.context.open_channel(0, 1, 8192, f.doorbell()) != "");
    CHECK(f.context.open_channel(0, 1, 32, f.doorbell()) != "");
    CHECK(f.context.open_channel(0, 1, ~std::size_t{63}, f.doorbell()) != "");
    CHECK(f.context.open_channel(0, 1, 4096, f.doorbell()) == "");
    CHECK(f.context.open_channel(0, 1, 4096, f.doorbell()) != "");
}

TEST_CASE("a status slot only grows, and only slots that there are are written") {
    Fixture f;
    CHECK(f.context.write_status(7, 5));
    CHECK(f.transport.slot(7).load() == 5);
    CHECK(f.context.write_status(7, 3));
    CHECK(f.transport.slot(7).load() == 5);
    CHECK(f.context.write_status(ring::kStatusSlots - 1, 1));
    CHECK_FALSE(f.context.write_status(ring::kStatusSlots, 1));
    const StatusWrite writes[] = {{7, 9}, {~0u, 1}};
    CHECK_FALSE(f.context.write_status(writes));
    CHECK(f.transport.slot(7).load() == 5);
}

TEST_CASE("the guest is rung only while it sleeps") {
    Fixture f;
    f.context.write_status(0, 1);
    CHECK(f.transport.rings.load() == 0);
    f.transport.page().guest_waits.store(1);
    f.context.write_status(0, 2);
    CHECK(f.transport.rings.load() == 1);
}

TEST_CASE("slots that several threads raise end at the highest value") {
    Fixture f;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint64_t i = 0; i < 20000; ++i) f.context.write_status(3, 4 * i + t);
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(f.transport.slot(3).load() == 4 * 19999 + 3);
}

TEST_CASE("memory is charged up to the limit and not one byte more") {
    Fixture f;
    CHECK(f.context.try_charge(1000));
    CHECK_FALSE(f.context.try_charge(1));
    f.context.release(1);
    CHECK(f.context.try_charge(1));
    CHECK_FALSE(f.context.try_charge(~std::uint64_t{0}));
    f.context.release(1000);
    CHECK_FALSE(f.context.try_charge(1001));
}

TEST_CASE("a context is lost once: the guest is told the first reason, and the worker ends") {
    Fixture f;
    CHECK(f.context.loss() == "");
    f.context.lose(ring::LostReason::CreateFailed, "First.");
    f.context.lose(ring::LostReason::DriverLost, "Second.");
    CHECK(f.context.lost());
    CHECK(f.context.loss() == "First.");
    CHECK(f.transport.page().lost.load() ==
          static_cast<std::uint32_t>(ring::LostReason::CreateFailed));
    CHECK(f.transport.stops.load() == 1);
    CHECK(f.transport.rings.load() == 1);
    // A guest can make writing to its eventfd wait: that must not keep the worker alive.
    CHECK(f.transport.stops_at_ring == 1);
    REQUIRE(f.context.add_region(1, std::make_shared<FakeRegion>(ring::kChannelBytes)) == "");
    CHECK(f.context.open_channel(0, 1, 0, f.doorbell()) == "The context is lost.");
}

TEST_CASE("a control region that is too small is refused") {
    FakeTransport transport(4096);
    CHECK_THROWS_AS(Context(transport, HostOptions{}, *make_account(0)), SetupError);
}

TEST_CASE("a channel whose thread cannot be made is refused, and nothing is thrown") {
    const pid_t child = ::fork();
    if (child == 0) {
        Fixture f;
        f.context.add_region(1, std::make_shared<FakeRegion>(ring::kChannelBytes));
        // Root may always have one more.
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(3);
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_NPROC, &none);
        try {
            ::_exit(f.context.open_channel(0, 1, 0, f.doorbell()).empty() ? 1 : 0);
        } catch (...) {
            ::_exit(2);
        }
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
