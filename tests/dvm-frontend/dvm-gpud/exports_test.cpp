// Shows how applications of one guest share regions: by descriptors that the broker knows.
#include "dvm-gpud/exports.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "transport/local/shared_memory.h"
#include "xen-fake/fake_grants.h"

namespace vgpu::broker::test {
namespace {

using transport::Ack;
using transport::Mapping;
using transport::Request;
using Kind = Request::Kind;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::size_t kPages = 256;

std::optional<Ack> import(World& world, App& app, transport::RegionId region, int fd) {
    app.send(encode(Request{Kind::ImportRegion, 77, region, 0, 0}),
             fd < 0 ? std::vector<int>{} : std::vector<int>{fd});
    world.settle();
    return app.ack();
}

// The descriptor of a region of one MiB that the application has.
UniqueFd export_region(World& world, App& app, transport::RegionId region) {
    const auto ack = world.ask(app, Kind::ExportRegion, region, 0);
    REQUIRE(ack);
    CHECK(ack->refusal == "");
    REQUIRE(app.fds.size() == 1);
    return std::move(app.fds.front());
}

TEST_CASE("two applications and their workers see the same pages, whoever goes first") {
    World world;
    world.start();
    auto one = world.open_app();
    auto two = world.open_app();
    REQUIRE(world.ask(*one, Kind::AddRegion, 1, kMiB)->refusal == "");
    Mapping first, second;
    REQUIRE(first.map(one->fds[0].get(), kMiB));
    UniqueFd fd = export_region(world, *one, 1);
    CHECK(world.broker->exports().size() == 1);
    const auto ack = import(world, *two, 4, fd.get());
    REQUIRE(ack);
    CHECK(ack->refusal == "");
    CHECK(ack->value == kMiB);
    REQUIRE(two->fds.size() == 1);
    REQUIRE(second.map(two->fds[0].get(), kMiB));
    first.data()[kMiB - 1] = 9;
    CHECK(second.data()[kMiB - 1] == 9);
    auto& contexts = world.gvm->contexts;
    CHECK(contexts.begin()->second.regions[1].mapping.data()[kMiB - 1] == 9);
    CHECK(contexts.rbegin()->second.regions[4].mapping.data()[kMiB - 1] == 9);
    // They are granted once, and counted once.
    CHECK(world.broker->budget().used() == 2 * kControlPages + kPages);
    CHECK(fake::granted_pages(kDvm) == kLinkPages + 2 * kControlPages + kPages);

    one->fds.clear();
    two->fds.clear();
    first = Mapping();
    fd.reset();
    one.reset();
    world.settle();
    CHECK(world.broker->exports().size() == 0);
    CHECK(second.data()[kMiB - 1] == 9);
    CHECK(world.broker->budget().used() == kControlPages + kPages);
    second = Mapping();
    CHECK(world.ask(*two, Kind::RemoveRegion, 4, 0)->refusal == "");
    CHECK(world.broker->budget().used() == kControlPages);
    CHECK(fake::granted_pages(kDvm) == kLinkPages + kControlPages);
}

TEST_CASE("a descriptor keeps its pages, and its last copy's end frees them") {
    World world;
    world.start();
    auto one = world.open_app();
    REQUIRE(world.ask(*one, Kind::AddRegion, 1, kMiB)->refusal == "");
    one->fds.clear();
    UniqueFd fd = export_region(world, *one, 1);
    UniqueFd copy(::dup(fd.get()));
    fd.reset();
    one.reset();
    world.settle();
    CHECK(world.broker->budget().used() == kPages);
    auto two = world.open_app();
    CHECK(import(world, *two, 1, copy.get())->refusal == "");
    two->fds.clear();
    copy.reset();
    two.reset();
    world.settle();
    CHECK(world.broker->budget().used() == 0);
    CHECK(fake::granted_pages(kDvm) == kLinkPages);
}

TEST_CASE("descriptors that the broker did not make stand for no region, and end nobody") {
    World world;
    world.start();
    auto one = world.open_app();
    const std::string kNone = "The descriptor stands for no region.";
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    const UniqueFd mine(pair[0]), others(pair[1]);
    const UniqueFd null(::open("/dev/null", O_RDWR));
    const UniqueFd memory = transport::make_sealed_memory(kMiB);
    transport::RegionId region = 0;
    for (const int fd : {mine.get(), others.get(), null.get(), memory.get(), -1})
        CHECK(import(world, *one, ++region, fd)->refusal == kNone);
    CHECK(world.ask(*one, Kind::ExportRegion, 5, 0)->refusal == "There is no such region.");
    // Nor one that its holder has written to.
    REQUIRE(world.ask(*one, Kind::AddRegion, 10, kMiB)->refusal == "");
    const UniqueFd spoilt = export_region(world, *one, 10);
    REQUIRE(::send(spoilt.get(), "x", 1, 0) == 1);
    world.settle();
    CHECK(import(world, *one, 11, spoilt.get())->refusal == kNone);
    CHECK(world.broker->exports().size() == 0);
    CHECK(world.ask(*one, Kind::RemoveRegion, 10, 0)->refusal == "");
    CHECK_FALSE(one->gone());
}

TEST_CASE("an import counts in the budget of the application that imports") {
    World world;
    world.service.pages_per_application = 300 + kControlPages;
    world.start();
    auto one = world.open_app();
    auto two = world.open_app();
    REQUIRE(world.ask(*one, Kind::AddRegion, 1, kMiB)->refusal == "");
    const UniqueFd fd = export_region(world, *one, 1);
    CHECK(import(world, *two, 1, fd.get())->refusal == "");
    CHECK(import(world, *two, 2, fd.get())->refusal.find("this application has") !=
          std::string::npos);
    CHECK(world.ask(*two, Kind::RemoveRegion, 1, 0)->refusal == "");
    CHECK(import(world, *two, 3, fd.get())->refusal == "");
}

TEST_CASE("a user has a bounded number of descriptors") {
    World world;
    world.start();
    auto one = world.open_app();
    REQUIRE(world.ask(*one, Kind::AddRegion, 1, kMiB)->refusal == "");
    std::vector<UniqueFd> held;
    std::string refusal;
    while (refusal.empty() && held.size() <= Exports::kMostOfUser) {
        refusal = world.ask(*one, Kind::ExportRegion, 1, 0)->refusal;
        if (refusal.empty()) held.push_back(std::move(one->fds.front()));
    }
    CHECK(held.size() <= Exports::kMostOfUser);
    CHECK(refusal.find("too many descriptors") != std::string::npos);
    held.clear();
    // A thousand hang-ups take several turns of the loop.
    for (int turn = 0; world.broker->exports().size() != 0 && turn < 100; ++turn) world.settle();
    CHECK(world.broker->exports().size() == 0);
    export_region(world, *one, 1);
}

}  // namespace
}  // namespace vgpu::broker::test
