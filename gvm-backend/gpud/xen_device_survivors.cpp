// Contexts that an earlier supervisor began: they wait for their front end, and go on with it.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/setup_error.h"
#include "gpud/xen_device.h"

namespace vgpu::gpud {

using namespace transport::xen;

namespace {

// Until a front end is connected. It waits for a back end about as long (dvm-gpud/broker.h).
constexpr std::chrono::seconds kFrontEndPatience{60};

void clear(worker::AccountLine& line) {
    line.memory_bytes = 0;
    line.submissions = 0;
    line.frames = 0;
    line.command_bytes = 0;
    line.busy_ns = 0;
    line.shared_bytes = 0;
    line.refused_shaders = 0;
}

}  // namespace

void XenDevice::adopt_survivors() {
    std::map<ContextId, int> of_id;
    std::uint32_t lines = 0;
    for (const auto& [number, owner] : world_.contexts.survivors_of(name_.domid, name_.device)) {
        if (owner.account_line >= worker::kAccountLines) continue;
        worker::AccountLine& line = account_.page().lines[owner.account_line];
        Entry entry{XenContext(name_.domid, line.shared_bytes), owner.context, owner.account_line};
        entry.of_this_link = false;
        had_front_end_ = true;  // so its directory's absence means something
        contexts_.emplace(number, std::move(entry));
        lines = std::max(lines, owner.account_line + 1);
        stats_.context_lives_on();
        world_.contexts.adopt(number, [this](Contexts::Number ended, const std::string& why) {
            context_ended(ended, why);
        });
        ++of_id[owner.context];
        unclaimed_[owner.context] = number;
    }
    // Of front ends before and after their own restart: which is which nobody knows.
    for (auto& [number, entry] : contexts_) {
        if (of_id[entry.id] == 1) continue;
        unclaimed_.erase(entry.id);
        end(number, "Another context has the same number.");
    }
    // What others counted that are gone meanwhile.
    for (std::uint32_t i = 0; i < worker::kAccountLines; ++i) {
        const bool lives = std::any_of(contexts_.begin(), contexts_.end(), [i](const auto& each) {
            return each.second.account_line == i;
        });
        if (!lives && i < account_.page().lines_used) clear(account_.page().lines[i]);
    }
    account_.page().lines_used = lines;
    if (!contexts_.empty()) end_unclaimed_at(daemon::EventLoop::Clock::now() + kFrontEndPatience);
}

// Identity is the path that the toolstack made: what waits here is this domain's, whatever id it
// names.
void XenDevice::resume(const LinkRequest& request) {
    const ContextId id = request.context;
    if (id <= last_id_) {
        fail("The front end resumes context " + std::to_string(id) + " after " +
             std::to_string(last_id_) + ".");
        return;
    }
    last_id_ = id;
    const auto found = unclaimed_.find(id);
    if (found == unclaimed_.end()) {
        reply(LinkReply::Kind::Closed, id, "The context has ended.");
        return;
    }
    const Contexts::Number number = found->second;
    unclaimed_.erase(found);
    Entry& entry = contexts_.at(number);
    entry.of_this_link = true;  // so its end is told
    by_id_[id] = number;
    entry.context.resume(world_.contexts.connect(number));
    if (entry.context.fd() < 0) {
        end(number, "The worker takes no new line.");
        return;
    }
    try {
        world_.loop.add(entry.context.fd(), [this, number] { worker_event(number); });
    } catch (const SetupError& error) {
        entry.context.hang_up();
        end(number, error.what());
        return;
    }
    spdlog::info("Context {} goes on: it is context {} of domain {}.", number, id, name_.domid);
    reply(LinkReply::Kind::Done, id, {});
}

void XenDevice::end_unclaimed_at(daemon::EventLoop::Clock::time_point time) {
    world_.loop.cancel(std::exchange(claim_timer_, 0));
    if (unclaimed_.empty()) return;
    claim_timer_ = world_.loop.call_at(time, [this] {
        claim_timer_ = 0;
        end_unclaimed("Its front end does not ask for it.");
    });
}

void XenDevice::end_unclaimed(const std::string& why) {
    world_.loop.cancel(std::exchange(claim_timer_, 0));
    for (const auto& [id, number] : std::exchange(unclaimed_, {})) end(number, why);
}

}  // namespace vgpu::gpud
