// Shows that the fake grants and event channels behave as the kernel's where the ends rely on it.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <cerrno>

#include "base/setup_error.h"
#include "tests/catch.h"
#include "transport/local/shared_memory.h"
#include "transport/xen/event_channels.h"
#include "transport/xen/evtchn_device.h"
#include "transport/xen/granted_pages.h"
#include "transport/xen/mapped_grants.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::fake {
namespace {

using transport::Mapping;
using namespace transport::xen;

constexpr unsigned kDvm = 5, kGvm = 3;

template <typename T, typename... Arguments>
T in(unsigned domain, Arguments... arguments) {
    const InDomain here(domain);
    return T(arguments...);
}

struct Fresh {
    Fresh() {
        reset_xenstore();
        reset_grants();
    }
};

TEST_CASE_METHOD(Fresh, "what one domain shares the other maps, and both see it") {
    auto shared = in<SharedPages>(kDvm, kGvm, 3, true);
    REQUIRE(shared.data() != nullptr);
    {
        auto mapped =
            in<MappedGrants>(kGvm, kDvm, std::span<const std::uint32_t>(shared.refs()), true);
        REQUIRE(mapped.data() != nullptr);
        CHECK(mapped_pages(kGvm) == 3);
        shared.data()[4096] = 7;
        CHECK(mapped.data()[4096] == 7);
        shared = SharedPages();
        CHECK(granted_pages(kDvm) == 3);  // until the other domain unmaps them
        CHECK(mapped.data()[4096] == 7);
    }
    CHECK(mapped_pages(kGvm) == 0);
    CHECK(granted_pages(kDvm) == 0);
}

TEST_CASE_METHOD(Fresh, "nobody maps what is not granted to him") {
    auto shared = in<SharedPages>(kDvm, kGvm, 1, false);
    std::vector<std::uint32_t> refs = shared.refs();
    const std::span<const std::uint32_t> list(refs);
    CHECK(in<MappedGrants>(4u, kDvm, list, false).data() == nullptr);
    CHECK(in<MappedGrants>(kGvm, kDvm, list, true).data() == nullptr);  // read-only
    CHECK(in<MappedGrants>(kGvm, kDvm, list, false).data() != nullptr);
    revoke(kDvm, refs[0]);
    CHECK(in<MappedGrants>(kGvm, kDvm, list, false).data() == nullptr);
    refs[0] += 1000;
    CHECK(in<MappedGrants>(kGvm, kDvm, list, false).data() == nullptr);
}

std::optional<GrantedPages> grant(std::uint32_t pages) {
    const InDomain here(kDvm);
    return GrantedPages::make(kGvm, pages);
}

UniqueFd prepare(const std::vector<std::uint32_t>& refs) {
    const InDomain here(kGvm);
    auto made = prepare_region(kDvm, refs);
    REQUIRE(std::holds_alternative<UniqueFd>(made));
    return std::move(std::get<UniqueFd>(made));
}

TEST_CASE_METHOD(Fresh, "pages are mapped through descriptors at both ends, and live with them") {
    auto pages = grant(4);
    REQUIRE(pages);
    UniqueFd prepared = prepare(pages->refs);
    Mapping here, there;
    REQUIRE(here.map(pages->fd.get(), 4 * 4096));
    REQUIRE(there.map(prepared.get(), 4 * 4096));
    here.data()[3 * 4096] = 9;
    CHECK(there.data()[3 * 4096] == 9);
    pages.reset();
    prepared.reset();
    here = Mapping();
    CHECK(granted_pages(kDvm) == 4);
    there = Mapping();
    CHECK(granted_pages(kDvm) == 0);
}

TEST_CASE_METHOD(Fresh, "a forged reference is noticed when it is mapped") {
    auto pages = grant(2);
    pages->refs[1] = 77777;
    const UniqueFd prepared = prepare(pages->refs);
    Mapping mapping;
    CHECK_FALSE(mapping.map(prepared.get(), 2 * 4096));
}

TEST_CASE_METHOD(Fresh, "limits and switched failures are met where they are said to be") {
    set_gntalloc_limit(kDvm, 5);
    auto pages = grant(4);
    CHECK_FALSE(grant(2));
    CHECK(errno == ENOSPC);
    CHECK(grant(1));
    fail({"allocate_granted_pages", ENOMEM, "", 1});
    CHECK(grant(1));
    CHECK_FALSE(grant(1));
    CHECK(errno == ENOMEM);
    fail({"", EIO});
    CHECK_FALSE(grant(1));
    CHECK(grant(1));
}

TEST_CASE_METHOD(Fresh,
                 "ports ring each other, and a port that was rung is masked until unmasked") {
    auto front = in<EventChannels>(kDvm), back = in<EventChannels>(kGvm);
    const auto offered = front.offer(kGvm);
    REQUIRE(offered);
    const auto bound = back.bind(kDvm, *offered);
    REQUIRE(bound);
    CHECK(take_port(back.fd()) == bound);  // a new end is rung once
    CHECK_FALSE(back.bind(kDvm, *offered));
    CHECK_FALSE(take_port(front.fd()));
    notify_port(back.fd(), *bound);
    notify_port(back.fd(), *bound);
    pollfd poll{front.fd(), POLLIN, 0};
    CHECK(::poll(&poll, 1, 0) == 1);
    CHECK(take_port(front.fd()) == offered);
    CHECK_FALSE(take_port(front.fd()));
    unmask_port(front.fd(), *offered);
    CHECK(take_port(front.fd()) == offered);
    unmask_port(front.fd(), *offered);
    CHECK_FALSE(take_port(front.fd()));
}

TEST_CASE_METHOD(Fresh, "a restricted device binds what its peer offers, and offers nothing") {
    auto front = in<EventChannels>(kDvm), other = in<EventChannels>(4u);
    auto back = in<EventChannels>(kGvm);
    const auto before = back.offer(kDvm);
    CHECK(front.bind(kGvm, *before));
    CHECK_FALSE(back.restrict_to(0));
    REQUIRE(back.restrict_to(kDvm));
    CHECK_FALSE(back.restrict_to(4));
    CHECK_FALSE(back.offer(kDvm));
    CHECK(back.bind(kDvm, *front.offer(kGvm)));
    CHECK_FALSE(back.bind(4, *other.offer(kGvm)));
}

TEST_CASE_METHOD(Fresh, "ports are closed with the last copy of their descriptor") {
    UniqueFd copy;
    auto back = in<EventChannels>(kGvm);
    {
        auto front = in<EventChannels>(kDvm);
        REQUIRE(back.bind(kDvm, *front.offer(kGvm)));
        copy = front.duplicate();
    }
    CHECK(bound_ports(kDvm) == 1);
    CHECK(is_connected(kGvm, 1));
    copy.reset();
    CHECK(bound_ports(kDvm) == 0);
    CHECK_FALSE(is_connected(kGvm, 1));
}

TEST_CASE_METHOD(
    Fresh, "a shared page that goes clears its octet and rings, unless its domain is destroyed") {
    const bool destroyed = GENERATE(false, true);
    auto front = in<EventChannels>(kDvm), back = in<EventChannels>(kGvm);
    const auto offered = front.offer(kGvm);
    const auto bound = back.bind(kDvm, *offered);
    CHECK(take_port(back.fd()) == bound);
    unmask_port(back.fd(), *bound);
    SharedPages page;
    {
        const InDomain here(kDvm);
        page = SharedPages::with_notice(kGvm, 8, *offered);
    }
    page.data()[8] = 1;
    auto mapped = in<MappedGrants>(kGvm, kDvm, std::span<const std::uint32_t>(page.refs()), true);
    if (destroyed) silence_domain(kDvm);
    page = SharedPages();
    CHECK(mapped.data()[8] == (destroyed ? 1 : 0));
    CHECK(take_port(back.fd()).has_value() != destroyed);
}

}  // namespace
}  // namespace vgpu::fake
