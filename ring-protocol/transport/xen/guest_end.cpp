// The application's end: regions are granted pages that the broker hands out, bells are ports.
#include "transport/xen/guest_end.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <new>
#include <utility>

#include "ring/layout.h"
#include "transport/fork_guard.h"
#include "transport/local/request_line.h"
#include "transport/local/requests.h"
#include "transport/local/shared_memory.h"
#include "transport/xen/evtchn_device.h"

namespace vgpu::transport::xen {

namespace {

// Pages of this domain that the worker maps too; the kernel keeps them until both are done. No
// other process can be handed them: their descriptor could grant more pages.
class GrantedRegion final : public SharedRegion {
  public:
    GrantedRegion(std::shared_ptr<RequestLine> line, RegionId id, Mapping mapping)
        : SharedRegion(id, mapping.data(), mapping.size()),
          line_(std::move(line)),
          mapping_(std::move(mapping)),
          guard_(ForkGuard::memory(mapping_.data(), mapping_.size())) {}
    ~GrantedRegion() override {
        if (line_ == nullptr) return;
        try {
            Request request{.kind = Request::Kind::RemoveRegion, .region = id()};
            line_->ask(request, {});
        } catch (const std::bad_alloc&) {
            // The worker keeps its mapping until the context ends.
        }
    }

  private:
    std::shared_ptr<RequestLine> line_;
    Mapping mapping_;
    const ForkGuard guard_;
};

class GrantedGuestTransport final : public GuestTransport {
  public:
    GrantedGuestTransport(UniqueFd socket, UniqueFd bell, UniqueFd interrupt, Mapping control,
                          Welcome welcome)
        : line_(std::make_shared<RequestLine>(std::move(socket))),
          bell_(std::move(bell)),
          bell_guard_(ForkGuard::doorbell(bell_.get())),
          interrupt_(std::move(interrupt)),
          interrupt_guard_(ForkGuard::doorbell(interrupt_.get())),
          control_(nullptr, 0, std::move(control)),
          welcome_(std::move(welcome)) {
        for (ChannelBell& bell : channel_bells_) bell.port.store(0, std::memory_order_relaxed);
    }

    const Welcome& welcome() const override { return welcome_; }
    SharedRegion& control_region() override { return control_; }
    std::unique_ptr<SharedRegion> share(std::size_t bytes) override;
    UniqueFd export_region(const SharedRegion& region) override;
    std::unique_ptr<SharedRegion> import_region(int fd) override;
    bool open_channel(ChannelId channel, const SharedRegion& region, std::size_t offset) override;
    void ring_channel(ChannelId channel) override {
        if (channel >= channel_bells_.size()) return;
        const ChannelBell& bell = channel_bells_[channel];
        const std::uint32_t port = bell.port.load(std::memory_order_acquire);
        if (port != 0) notify_port(bell.device.get(), port);
    }
    Wake wait(std::optional<std::chrono::nanoseconds> timeout) override;
    void interrupt() override { ring_eventfd(interrupt_.get()); }
    bool peer_gone() override { return line_->peer_gone(); }
    void hang_up() override { line_->hang_up(); }

  private:
    bool take_bells();
    std::unique_ptr<SharedRegion> map(RegionId id, const UniqueFd& granted, std::size_t bytes);

    std::shared_ptr<RequestLine> line_;
    UniqueFd bell_;
    const ForkGuard bell_guard_;
    UniqueFd interrupt_;
    const ForkGuard interrupt_guard_;
    GrantedRegion control_;
    Welcome welcome_;
    // Each on a device of its own: one that is restricted to a domain, as this process's must be,
    // takes no more ports. Set once per channel, the port last; read by every thread that rings it.
    struct ChannelBell {
        UniqueFd device;
        std::unique_ptr<const ForkGuard> guard;
        std::atomic<std::uint32_t> port;  // 0 is Xen's invalid port
    };
    std::array<ChannelBell, ring::kMaxChannels> channel_bells_;
};

std::unique_ptr<SharedRegion> GrantedGuestTransport::share(std::size_t bytes) {
    if (bytes == 0 || bytes > SIZE_MAX - ring::kPageBytes || line_->gone()) return nullptr;
    const std::size_t rounded = ring::whole_pages(bytes);
    Request request{.kind = Request::Kind::AddRegion, .value = rounded};
    RequestLine::Answer answer = line_->ask(request, {});
    if (!answer.granted || !answer.fd) return nullptr;
    return map(request.region, answer.fd, rounded);
}

// The mapping keeps the pages; without the descriptor, which is closed then, nobody here can grant
// more.
std::unique_ptr<SharedRegion> GrantedGuestTransport::map(RegionId id, const UniqueFd& granted,
                                                         std::size_t bytes) {
    Mapping mapping;
    if (mapping.map(granted.get(), bytes))
        return std::make_unique<GrantedRegion>(line_, id, std::move(mapping));
    Request take_back{.kind = Request::Kind::RemoveRegion, .region = id};
    line_->ask(take_back, {});
    return nullptr;
}

UniqueFd GrantedGuestTransport::export_region(const SharedRegion& region) {
    if (line_->gone()) return {};
    Request request{.kind = Request::Kind::ExportRegion, .region = region.id()};
    RequestLine::Answer answer = line_->ask(request, {});
    return answer.granted ? std::move(answer.fd) : UniqueFd();
}

// The broker knows its own descriptors, and no others.
std::unique_ptr<SharedRegion> GrantedGuestTransport::import_region(int fd) {
    if (fd < 0 || ::fcntl(fd, F_GETFD) < 0 || line_->gone()) return nullptr;
    Request request{.kind = Request::Kind::ImportRegion};
    const std::array<int, 1> fds{fd};
    RequestLine::Answer answer = line_->ask(request, fds);
    if (!answer.granted || !answer.fd || answer.value == 0 || answer.value > SIZE_MAX)
        return nullptr;
    return map(request.region, answer.fd, static_cast<std::size_t>(answer.value));
}

bool GrantedGuestTransport::open_channel(ChannelId channel, const SharedRegion& region,
                                         std::size_t offset) {
    if (channel >= channel_bells_.size()) return false;
    Request request{.kind = Request::Kind::OpenChannel,
                    .region = region.id(),
                    .channel = channel,
                    .value = offset};
    RequestLine::Answer answer = line_->ask(request, {});
    if (!answer.granted || !answer.fd || answer.value == 0 || answer.value > UINT32_MAX)
        return false;
    ChannelBell& bell = channel_bells_[channel];
    // A channel is opened once: a broker that grants it twice is no reason to close what is rung.
    if (bell.port.load(std::memory_order_relaxed) != 0) return false;
    bell.device = std::move(answer.fd);
    bell.guard.reset(new ForkGuard(ForkGuard::doorbell(bell.device.get())));
    bell.port.store(static_cast<std::uint32_t>(answer.value), std::memory_order_release);
    return true;
}

// Whether one of the two bells was rung. One more ring than is taken here ends the next wait().
bool GrantedGuestTransport::take_bells() {
    const std::optional<std::uint32_t> port = take_port(bell_.get());
    if (port) unmask_port(bell_.get(), *port);
    std::uint64_t interrupts = 0;
    return ::read(interrupt_.get(), &interrupts, sizeof(interrupts)) == sizeof(interrupts) ||
           port.has_value();
}

GuestTransport::Wake GrantedGuestTransport::wait(std::optional<std::chrono::nanoseconds> timeout) {
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        timespec left{};
        if (timeout) left = rest_of(*timeout, begin);
        // POLLIN of the socket is not asked for: acks are for the thread that waits for one.
        pollfd polls[3] = {{bell_.get(), POLLIN, 0},
                           {interrupt_.get(), POLLIN, 0},
                           {line_->socket(), POLLRDHUP, 0}};
        const int ready = ::ppoll(polls, 3, timeout ? &left : nullptr, nullptr);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0 || RequestLine::hung_up(polls[2].revents)) return Wake::PeerGone;
        if (take_bells()) return Wake::Doorbell;
        if (ready == 0) return Wake::TimedOut;
    }
}

}  // namespace

std::unique_ptr<GuestTransport> make_guest_end(UniqueFd socket, GrantedContext context,
                                               Welcome welcome) {
    Mapping mapping;
    UniqueFd interrupt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!interrupt || !mapping.map(context.control.get(), ring::kControlRegionBytes))
        return nullptr;
    return std::make_unique<GrantedGuestTransport>(std::move(socket), std::move(context.bell),
                                                   std::move(interrupt), std::move(mapping),
                                                   std::move(welcome));
}

}  // namespace vgpu::transport::xen
