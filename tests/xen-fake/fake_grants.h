// Grants for tests without Xen: defines the functions of xengnttab.h and of
// transport/xen/grant_device.h over memfds, for all domains in one process.
//
// Link the dependency `fake_xen`. A handle belongs to the domain that its thread is in when it is
// opened (InDomain of fake_xenstore.h); its descriptor may be duplicated, passed on and mapped. As
// with Linux's gntalloc, pages live until every descriptor and mapping of theirs is gone, those of
// the other domain included. Failures are switched by fail() of fake_xenstore.h: function
// "xengntshr_share_pages", "allocate_granted_pages", and so on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vgpu::fake {

// Forgets all grants, and the event channels. Handles must be closed before.
void reset_grants();

// Pages of a domain that live.
std::size_t granted_pages(unsigned domain);
std::vector<std::uint32_t> granted_refs(unsigned domain);
// Pages that a domain maps by xengnttab_map_*; what prepare_grant_mapping() made counts only in
// granted_pages().
std::size_t mapped_pages(unsigned domain);
// What gntalloc's module parameter `limit` is: more pages fail with ENOSPC.
void set_gntalloc_limit(unsigned domain, std::size_t pages);
// Nobody can map the page any more; who has mapped it keeps it.
void revoke(unsigned domain, std::uint32_t ref);

}  // namespace vgpu::fake
