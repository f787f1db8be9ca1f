// The interface between the two ends of a vgpu device on Xen, in the form of Xen's io/displif.h:
// what stands in xenstore, how the ends find each other, and the octets of the pages they share.
//
// The front end is dvm-gpud in the guest without a GPU (the DVM), the back end gvm-gpud in the
// domain that owns one (the GVM). They share one *link* for each device. Over it the front end asks
// for contexts, one for each Vulkan instance of an application, and grants their memory; the
// commands themselves travel in rings of that memory, between application and worker, and never
// touch the link.
//
// Xenstore
// ========
//
// The toolstack makes both directories (gvmctl attach): the front end's belongs to the DVM and is
// readable by the GVM, the back end's the other way round. N is the device's number, from 0.
//
//   /local/domain/DVM/device/vgpu/N/
//     backend           the back end's directory                          toolstack
//     backend-id        the GVM's domain id                               toolstack
//     grant-frames-max  the DVM's limit of grant table frames (4 KiB of   toolstack, may be absent
//                       512 references each)
//     state             enum xenbus_state                                 front end
//     version           the version it speaks: one of the back end's      front end
//     ring-ref          grant reference of the LinkPage                   front end
//     event-channel     port that the back end binds to                   front end
//     error             a sentence, when the front end cannot go on       front end
//
//   /local/domain/GVM/backend/vgpu/DVM/N/
//     frontend          the front end's directory                         toolstack
//     frontend-id       the DVM's domain id                               toolstack
//     online            "1" while the device is wanted, "0" to detach it  toolstack
//     state             enum xenbus_state                                 back end
//     versions          the versions it speaks, separated by commas       back end
//     device-name       the GPU, as VkPhysicalDeviceProperties names it   back end
//     error             a sentence with its remedy; absent when all is    back end
//                       well
//     memory-limit-mb   see docs/admin.md, as for all keys up to stats    administrator
//     contexts-max                                                        administrator
//     contexts-per-minute                                                 administrator
//     gpu                                                                 administrator
//     features                                                            administrator
//     shader-gate                                                         administrator
//     log-level                                                           administrator
//     stats/            sums of all contexts, those that ended included,  back end
//                       written at most once a second while they change
//       contexts          now
//       contexts-started  since the back end found the device
//       restarts          workers that ended by themselves
//       submissions, frames, bytes (of commands), gpu-time-us (queues busy)
//       shaders-refused   by the gate before the driver
//       memory-bytes      now, device-local and guest-visible
//
// Both ends begin at Initialising, which the toolstack writes for them.
//
// Only what the toolstack and the GVM write is believed by the back end; the front end's nodes are
// numbers to be checked, and a node that is longer than kMaxNodeBytes is nonsense.
//
// States
// ======
//
//   front end (DVM)                             back end (GVM)
//   Initialising (1)                            Initialising (1)
//                                               writes versions, device-name
//                                               InitWait (2)
//   shares the link, writes version,
//   ring-ref, event-channel
//   Initialised (3)
//                                               maps the link, binds the event channel
//                                               Connected (4)
//   Connected (4)
//   ...                                         ...
//   Closing (5): no more contexts               ends all contexts, unmaps everything
//   Closed (6)                                  Closed (6); InitWait again while online is "1" and
//                                               the front end is back at Initialising
//
// A front end that starts anew writes Initialising, whatever stood there: the back end ends what
// the earlier one had, and begins again at InitWait. So does a back end that starts anew; a front
// end that finds it at Initialising or InitWait drops its link and begins again.
//
// Contexts outlive the death of a back end, and no other end of a link. On the next link the front
// end says first which it has (Resume, link_messages.h), and goes on with those that the back end
// found again. What it does not ask for before its first Open, or in bounded time, is ended. A back
// end that closes the device has ended them all.
//
// Deaths
// ======
//
// Each end sets its byte of the LinkPage and asks its kernel to clear it, and to ring the event
// channel, when the page is unmapped (gntalloc's and gntdev's unmap notification). A destroyed
// domain is not unmapped by anybody and rings no bell: there the other end's xenstore directory
// vanishes, which both ends watch. What a DVM granted stays pinned until the GVM unmaps it, so the
// back end unmaps everything at either sign.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ring/layout.h"

namespace vgpu::transport::xen {

inline constexpr const char* kDeviceType = "vgpu";
// Versions of this interface that both ends of this release speak.
inline constexpr std::uint32_t kLinkVersion = 1;
// Longest xenstore value that is read.
inline constexpr std::size_t kMaxNodeBytes = 1024;

// References of grant table version 1 in a frame of 4 KiB (struct grant_entry_v1, 8 octets).
inline constexpr std::uint32_t kGrantsPerFrame = 512;
// So many of a guest's references its broker leaves to other drivers, unless it is told otherwise.
inline constexpr std::uint32_t kReservedGrants = 2048;

// The first page that a front end shares; `ring-ref` names it.
//
//     0      +--------------------------------------------------+
//            | magic             | version                      |
//     8      +--------------------------------------------------+
//            | frontend_alive (1 octet), zeros                  |
//     64     +--------------------------------------------------+
//            | backend_alive (1 octet), zeros                   |
//     128    +--------------------------------------------------+
//            | ring_refs: kLinkRingPages x 32 bit               |
//            +--------------------------------------------------+
//
// The pages of ring_refs, one after the other, hold two byte rings (ring/layout.h): from the front
// end, and at kLinkReplyOffset from the back end. Neither pads: a message wraps.
inline constexpr std::uint32_t kLinkRingBytes = 32 * 1024;
inline constexpr std::size_t kLinkReplyOffset = sizeof(ring::RingHeader) + kLinkRingBytes;
inline constexpr std::uint32_t kLinkRingPages =
    (2 * kLinkReplyOffset + ring::kPageBytes - 1) / ring::kPageBytes;
inline constexpr std::uint32_t kLinkMagic = 0x6c'75'70'67;  // "gpul"

struct LinkPage {
    std::uint32_t magic;
    std::uint32_t version;
    std::atomic<std::uint8_t> frontend_alive;
    std::uint8_t reserved0[55];
    std::atomic<std::uint8_t> backend_alive;
    std::uint8_t reserved1[63];
    std::uint32_t ring_refs[kLinkRingPages];
};
static_assert(offsetof(LinkPage, frontend_alive) == 8);
static_assert(offsetof(LinkPage, backend_alive) == 64);
static_assert(offsetof(LinkPage, ring_refs) == 128);
static_assert(sizeof(LinkPage) <= ring::kPageBytes);

// A list of references too long for a message stands in directory pages, as in io/displif.h
// (struct xendispl_page_directory). A region of P pages has ceil(P / kRefsPerDirectory) of them,
// in a chain; they are granted only until the message that names the first one is answered.
//
//     0      +--------------------------------------------------+
//            | next: reference of the next directory page, or 0 |
//     4      +--------------------------------------------------+
//            | refs: 1023 x 32 bit                              |
//            +--------------------------------------------------+
inline constexpr std::uint32_t kRefsPerDirectory = 1023;

struct DirectoryPage {
    std::uint32_t next;
    std::uint32_t refs[kRefsPerDirectory];
};
static_assert(sizeof(DirectoryPage) == ring::kPageBytes);

constexpr std::uint32_t directory_pages(std::uint64_t pages) {
    return static_cast<std::uint32_t>((pages + kRefsPerDirectory - 1) / kRefsPerDirectory);
}

// Regions longer than this (1 GiB) are refused: as many references as a guest may make the GVM
// copy for one message.
inline constexpr std::uint32_t kMaxRegionPages = 1 << 18;

}  // namespace vgpu::transport::xen
