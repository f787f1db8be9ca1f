// The book of one context: what was granted for it, and what its application asked for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "dvm-gpud/exports.h"
#include "dvm-gpud/grant_budget.h"
#include "transport/local/requests.h"
#include "transport/messages.h"
#include "transport/xen/granted_pages.h"
#include "transport/xen/link_messages.h"

namespace vgpu::broker {

// Owned by the broker, on its one thread, from its Open until the back end says that nothing of it
// is mapped any more: so long its pages count. It knows no other context, so neither does its
// application. What both sides say is not trusted.
class Context {
  public:
    using Id = transport::xen::ContextId;
    static constexpr std::size_t kRegionsMax = 4096;

    // `whole` is the guest's budget, `pages_max` this context's part of it.
    Context(Id id, std::uint32_t gvm, GrantBudget& whole, std::uint32_t pages_max);

    Id id() const { return id_; }
    std::uint32_t pages() const { return own_.used(); }
    bool is_asking() const { return asked_.has_value(); }
    bool is_opening() const { return asked_ && !asked_->request; }

    // What is to be sent to the back end, or the sentence that refuses.
    using Outcome = std::variant<transport::xen::LinkRequest, std::string>;
    Outcome open(const transport::Hello& hello);
    // Neither while it is_asking().
    Outcome ask(const transport::Request& request);
    // Of a region that this context or another one has exported.
    Outcome ask_import(const transport::Request& request, std::shared_ptr<GrantedRegion> region);
    // Null when there is no such region.
    std::shared_ptr<GrantedRegion> region(transport::RegionId id) const;

    // What the application gets; the descriptors are this process's no more once it was sent.
    struct Greeting {
        transport::Welcome welcome;
        std::vector<UniqueFd> fds;
    };
    // The back end's answer to open(). Nothing when it was not asked, or the answer makes no sense.
    std::optional<Greeting> opened(const transport::xen::LinkReply& reply);
    struct Answer {
        transport::Ack ack;
        UniqueFd fd;
    };
    // Its answer to ask(); nothing likewise.
    std::optional<Answer> done(const transport::xen::LinkReply& reply);

    // The link died. What the back end was asked it may have done or not: the application's answer,
    // if one is due. Not for a request that was never sent.
    std::optional<Answer> interrupt();
    // What the next link's back end is to be asked first, so that both know the same again.
    std::optional<transport::xen::LinkRequest> settle() const;
    // It has answered that, whatever: the region is not mapped.
    void settled();

  private:
    // Pages of the guest's budget and of this context's.
    struct Shares {
        GrantShare whole;
        GrantShare own;
    };
    // Who keeps the pages? The kernel: until this process and the application have closed and
    // unmapped them, and the GVM has unmapped them too. This process closes them last: pages that
    // are freed while the GVM maps them come back to the grant table at ten a second.
    struct Region {
        std::shared_ptr<GrantedRegion> granted;  // counts in the guest's budget
        GrantShare own;                          // and in this context's
    };
    struct Pages {
        Region region;
        std::optional<transport::xen::Directory> directory;  // until the answer
        Shares directory_shares;
    };
    struct Bell {
        UniqueFd device;
        std::uint32_t port = 0;
    };
    struct Asked {
        std::optional<transport::Request> request;  // none: to be opened
        Pages pages;
        Bell bell;
    };

    Shares take(std::uint64_t pages);
    // These return why not, or nothing.
    std::string grant(std::uint64_t bytes, Pages& pages);
    std::string grant_again(std::shared_ptr<GrantedRegion> region, Pages& pages);
    std::string too_many(std::uint64_t pages) const;
    static std::string no_more_pages();
    std::string why_no_region(const transport::Request& request) const;
    // The request to map them; nothing is granted but the directory.
    Outcome add(const transport::Request& request, Pages pages);
    std::string offer_bell(Bell& bell) const;
    Outcome add_region(const transport::Request& request);
    Outcome remove_region(const transport::Request& request);
    Outcome open_channel(const transport::Request& request);
    transport::xen::LinkRequest message(transport::xen::LinkRequest::Kind kind) const;

    const Id id_;
    const std::uint32_t gvm_;
    GrantBudget& whole_;
    GrantBudget own_;
    Region control_;
    std::map<transport::RegionId, Region> regions_;
    transport::RegionId last_region_ = 0;
    std::uint32_t channels_max_ = 0;
    std::uint64_t channels_open_ = 0;  // one bit each
    std::optional<Asked> asked_;
    // A region that the back end may map, though its application does not have it. Its pages count.
    std::optional<Asked> unsettled_;
};

// The back end's answer to a question that makes no context, as an application may get it. Nothing
// when it makes no sense.
std::optional<transport::Welcome> answered_query(const transport::xen::LinkReply& reply);

}  // namespace vgpu::broker
