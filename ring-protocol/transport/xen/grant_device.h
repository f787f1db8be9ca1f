// Requests of the grant devices that no library makes for us: pages whose mapping another process
// shall make, from the descriptor that it is handed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vgpu::transport::xen {

// Both return 0, or the errno of the device. A test's fake defines them in place of this file.

// Makes refs.size() zeroed pages of this domain, granted to `domid` for reading and writing, on a
// fresh descriptor of /dev/xen/gntalloc: they lie at its offset 0. They live until the descriptor
// is closed everywhere, every mapping is gone, and the other domain has unmapped them.
int allocate_granted_pages(int gntalloc, std::uint32_t domid, std::span<std::uint32_t> refs);

// Prepares the mapping of the pages that `domid` granted, on a fresh descriptor of
// /dev/xen/gntdev: whoever mmaps its offset 0 first gets them. The references are believed only
// then.
int prepare_grant_mapping(int gntdev, std::uint32_t domid, std::span<const std::uint32_t> refs);

}  // namespace vgpu::transport::xen
