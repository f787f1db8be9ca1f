// One context of a guest in another domain, as the supervisor sees it: it speaks for the guest.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "gpud/contexts.h"
#include "transport/local/requests.h"
#include "transport/xen/handover.h"
#include "transport/xen/link_messages.h"

namespace vgpu::gpud {

// Owned by its device, on the supervisor's one thread. Neither the guest, whose requests it checks,
// nor the worker, to which it sends them, is trusted. It maps nothing itself: it prepares
// mappings, and the worker makes them.
class XenContext {
  public:
    // How the guest's request goes on.
    struct Outcome {
        enum class Kind {
            Sent,     // the worker will answer
            Refused,  // `text` is the answer
            Broken,   // the guest breaks the rules: end the context; `text` says how
        };
        Kind kind = Kind::Sent;
        std::string text;
    };

    explicit XenContext(std::uint32_t domid) : domid_(domid) {}
    // One that an earlier supervisor began. Its worker knows the regions, and counts what they
    // share; who owns the worker could map them after their removal just as well.
    XenContext(std::uint32_t domid, const std::atomic<std::uint64_t>& shared_by_worker)
        : domid_(domid), shared_by_worker_(&shared_by_worker) {}

    // Makes what a worker is handed for an Open; or a sentence that says why not.
    std::optional<std::string> prepare(const transport::xen::LinkRequest& open,
                                       transport::xen::XenHandover& handover);
    // A worker of an earlier supervisor listens to this one from now on.
    void resume(UniqueFd line) { line_ = std::move(line); }
    // AddRegion, RemoveRegion and OpenChannel. `room` is what the DVM may still share, in bytes.
    Outcome request(const transport::xen::LinkRequest& request, std::uint64_t room);
    // Readable when the worker answered, or is gone.
    int fd() const { return line_.get(); }
    struct Answer {
        enum class Kind { None, Given, Gone };
        Kind kind = Kind::None;
        std::string refusal;  // of Given; empty when what was asked was granted
    };
    // The worker's answer, if one came. Gone: it is dead or talks nonsense; hang_up() then.
    Answer take_answer();
    // The worker is told that its guest is gone, and waits for nobody.
    void hang_up();

    // What the worker maps now or is asked to map, in bytes.
    std::uint64_t shared_bytes() const;

  private:
    Outcome add_region(const transport::xen::LinkRequest& request, std::uint64_t room);
    Outcome open_channel(const transport::xen::LinkRequest& request);
    Outcome send(transport::Request request, const UniqueFd& with);
    std::uint64_t asked_bytes() const;

    const std::uint32_t domid_;
    const std::atomic<std::uint64_t>* shared_by_worker_ = nullptr;  // of an earlier supervisor's
    UniqueFd line_;
    std::uint32_t last_serial_ = 0;
    // The request that the worker has not answered.
    std::optional<transport::Request> pending_;
    std::map<transport::RegionId, std::uint64_t> regions_;  // sizes
    std::uint64_t shared_bytes_ = 0;
};

}  // namespace vgpu::gpud
