// IOCTL_GNTALLOC_ALLOC_GREF and IOCTL_GNTDEV_MAP_GRANT_REF.
#include "transport/xen/grant_device.h"

#include <sys/ioctl.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

// As xen/xen.h and xen/grant_table.h have them; the kernel's headers do not say.
using domid_t = std::uint16_t;
using grant_ref_t = std::uint32_t;
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

namespace vgpu::transport::xen {

int allocate_granted_pages(int gntalloc, std::uint32_t domid, std::span<std::uint32_t> refs) {
    // The references follow the head in memory, as many as there are.
    std::vector<std::uint8_t> request(sizeof(ioctl_gntalloc_alloc_gref) + refs.size_bytes());
    ioctl_gntalloc_alloc_gref head{};
    head.domid = static_cast<std::uint16_t>(domid);
    head.flags = GNTALLOC_FLAG_WRITABLE;
    head.count = static_cast<std::uint32_t>(refs.size());
    std::memcpy(request.data(), &head, sizeof(head));
    if (::ioctl(gntalloc, IOCTL_GNTALLOC_ALLOC_GREF, request.data()) != 0) return errno;
    std::memcpy(refs.data(), request.data() + offsetof(ioctl_gntalloc_alloc_gref, gref_ids),
                refs.size_bytes());
    std::memcpy(&head, request.data(), sizeof(head));
    return head.index == 0 ? 0 : EBUSY;  // not a fresh descriptor
}

int prepare_grant_mapping(int gntdev, std::uint32_t domid, std::span<const std::uint32_t> refs) {
    std::vector<std::uint8_t> request(sizeof(ioctl_gntdev_map_grant_ref) +
                                      refs.size() * sizeof(ioctl_gntdev_grant_ref));
    ioctl_gntdev_map_grant_ref head{};
    head.count = static_cast<std::uint32_t>(refs.size());
    std::memcpy(request.data(), &head, sizeof(head));
    std::uint8_t* to = request.data() + offsetof(ioctl_gntdev_map_grant_ref, refs);
    for (const std::uint32_t ref : refs) {
        const ioctl_gntdev_grant_ref entry{domid, ref};
        std::memcpy(to, &entry, sizeof(entry));
        to += sizeof(entry);
    }
    if (::ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, request.data()) != 0) return errno;
    std::memcpy(&head, request.data(), sizeof(head));
    return head.index == 0 ? 0 : EBUSY;
}

}  // namespace vgpu::transport::xen
