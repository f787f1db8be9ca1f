// Binds, maps, checks.
#include "gpud/xen_link.h"

#include <cerrno>
#include <cstring>
#include <span>

#include "base/copy_once.h"
#include "base/setup_error.h"
#include "transport/xen/evtchn_device.h"

namespace vgpu::gpud {

using namespace transport::xen;

std::variant<std::unique_ptr<XenLink>, std::string> XenLink::open(std::uint32_t domid,
                                                                  std::uint32_t ring_ref,
                                                                  std::uint32_t port) {
    try {
        std::unique_ptr<XenLink> link(new XenLink(domid));
        std::string why = link->connect(domid, ring_ref, port);
        if (why.empty()) return link;
        return why;
    } catch (const SetupError& error) {
        return std::string(error.what());
    }
}

std::string XenLink::connect(std::uint32_t domid, std::uint32_t ring_ref, std::uint32_t port) {
    const std::optional<std::uint32_t> local = channels_.bind(domid, port);
    if (!local)
        return "The event channel " + std::to_string(port) + " of domain " + std::to_string(domid) +
               " is not offered to this domain.";
    port_ = *local;
    page_ = MappedGrants::with_notice(domid, ring_ref, offsetof(LinkPage, backend_alive), port_);
    if (page_.data() == nullptr)
        return "The link page, reference " + std::to_string(ring_ref) + " of domain " +
               std::to_string(domid) + ", cannot be mapped: " + std::strerror(errno) + ".";
    struct {
        std::uint32_t magic;
        std::uint32_t version;
    } head{};
    copy_once(&head, page_.data(), sizeof(head));
    if (head.magic != kLinkMagic || head.version != kLinkVersion)
        return "The link page is none, or of another version than " + std::to_string(kLinkVersion) +
               ".";
    std::uint32_t refs[kLinkRingPages];
    copy_once(refs, page_.data() + offsetof(LinkPage, ring_refs), sizeof(refs));
    rings_ = MappedGrants(domid, refs, /*writable=*/true);
    if (rings_.data() == nullptr)
        return std::string("The link's rings cannot be mapped: ") + std::strerror(errno) + ".";
    auto* requests = reinterpret_cast<ring::RingHeader*>(rings_.data());
    auto* replies = reinterpret_cast<ring::RingHeader*>(rings_.data() + kLinkReplyOffset);
    stream_ = std::make_unique<LinkStream>(
        *replies, rings_.data() + kLinkReplyOffset + sizeof(ring::RingHeader), *requests,
        rings_.data() + sizeof(ring::RingHeader), kLinkRingBytes);
    page().backend_alive.store(1);
    return {};
}

void XenLink::take_event() {
    if (const std::optional<std::uint32_t> port = take_port(channels_.fd()))
        unmask_port(channels_.fd(), *port);
}

void XenLink::pump() {
    if (stream_->pump()) notify_port(channels_.fd(), port_);
}

}  // namespace vgpu::gpud
