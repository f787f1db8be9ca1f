// A scripted front end: plays a guest's dvm-gpud, as honest or as hostile as the test says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/xen/event_channels.h"
#include "transport/xen/granted_pages.h"
#include "transport/xen/link_messages.h"
#include "transport/xen/link_stream.h"
#include "transport/xen/xenstore.h"

namespace vgpu::gpud {

inline constexpr unsigned kGvm = 3, kDvm = 5;

// Pages that the guest grants, with the directory that names them.
struct Granted {
    transport::xen::GrantedPages pages;
    std::unique_ptr<transport::xen::Directory> directory;
    transport::xen::GrantList list() const;
};

// Everything it opens belongs to its domain, whatever domain the thread is in.
class FrontEnd {
  public:
    explicit FrontEnd(unsigned domid = kDvm, unsigned device = 0);
    ~FrontEnd();
    FrontEnd(const FrontEnd&) = delete;
    FrontEnd& operator=(const FrontEnd&) = delete;

    std::string path(const std::string& node) const;
    void write(const std::string& node, const std::string& value);
    void set_state(transport::xen::BusState state);

    // Makes the link's pages and port, and writes the nodes that name them.
    void share_link();
    // What dvm-gpud does until it is Connected, but for the waits.
    void offer();
    // Unmaps the link, as the kernel does when the process dies.
    void drop_link();
    bool has_link() const { return stream_.has_value(); }
    transport::xen::LinkPage& page() {
        return *reinterpret_cast<transport::xen::LinkPage*>(page_.data());
    }
    std::uint8_t* rings() { return rings_.data(); }
    ring::RingHeader& ring(bool of_replies);
    std::uint32_t ring_ref() const { return page_.refs().front(); }
    std::uint32_t link_port() const { return link_port_; }

    void ring_bell();
    void send(const transport::xen::LinkRequest& request);
    void send_octets(const std::vector<std::uint8_t>& message);
    std::optional<transport::xen::LinkReply> receive();

    // Memory and ports for requests.
    Granted grant(std::uint32_t pages);
    std::uint32_t offer_port();
    // Reference of a directory page that leads to itself, and names no page that is granted.
    std::uint32_t circular_directory();
    // Requests that are good.
    static transport::xen::LinkRequest add_region(std::uint32_t context, std::uint32_t region,
                                                  transport::xen::GrantList grants);
    static transport::xen::LinkRequest remove_region(std::uint32_t context, std::uint32_t region);
    transport::xen::LinkRequest open_channel(std::uint32_t context, std::uint32_t region,
                                             std::uint32_t channel);
    static transport::xen::LinkRequest close(std::uint32_t context);
    static transport::xen::LinkRequest resume(std::uint32_t context);
    // This one too; each context gets memory of its own, kept until forget().
    transport::xen::LinkRequest open_request(std::uint32_t context);
    void forget_grants();
    unsigned domid() const { return domid_; }

  private:
    const unsigned domid_;
    const std::string directory_;
    std::unique_ptr<transport::xen::Xenstore> store_;
    std::unique_ptr<transport::xen::EventChannels> ports_;
    std::uint32_t link_port_ = 0;
    transport::xen::SharedPages page_;
    transport::xen::SharedPages rings_;
    std::optional<transport::xen::LinkStream> stream_;
    std::vector<Granted> kept_;
    transport::xen::SharedPages circle_;
};

}  // namespace vgpu::gpud
