// The guest's end of the local transport, once the service has accepted it.
#include "transport/local/guest_end.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
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

namespace vgpu::transport {

namespace {

// A memfd of this process. Outlives the transport at most as a mapping: the line is shared,
// because an application may free memory of an instance whose transport is being destroyed.
class LocalRegion final : public SharedRegion {
  public:
    LocalRegion(std::shared_ptr<RequestLine> line, RegionId id, UniqueFd fd, Mapping mapping)
        : SharedRegion(id, mapping.data(), mapping.size()),
          line_(std::move(line)),
          fd_(std::move(fd)),
          mapping_(std::move(mapping)),
          fd_guard_(ForkGuard::descriptor(fd_.get())),
          memory_guard_(ForkGuard::memory(mapping_.data(), mapping_.size())) {}
    ~LocalRegion() override {
        if (line_ == nullptr) return;
        try {
            Request request{.kind = Request::Kind::RemoveRegion, .region = id()};
            line_->ask(request, {});
        } catch (const std::bad_alloc&) {
            // The worker keeps its mapping until the context ends.
        }
    }
    int fd() const override { return fd_.get(); }

  private:
    std::shared_ptr<RequestLine> line_;
    UniqueFd fd_;
    Mapping mapping_;
    const ForkGuard fd_guard_;
    const ForkGuard memory_guard_;
};

class LocalGuestTransport final : public GuestTransport {
  public:
    LocalGuestTransport(UniqueFd socket, UniqueFd doorbell, UniqueFd control, Mapping mapping,
                        Welcome welcome)
        : line_(std::make_shared<RequestLine>(std::move(socket))),
          doorbell_(std::move(doorbell)),
          doorbell_guard_(ForkGuard::doorbell(doorbell_.get())),
          control_(nullptr, 0, std::move(control), std::move(mapping)),
          welcome_(std::move(welcome)) {
        for (std::atomic<int>& fd : channel_fds_) fd.store(-1, std::memory_order_relaxed);
    }
    ~LocalGuestTransport() override {
        for (std::atomic<int>& fd : channel_fds_) UniqueFd(fd.load()).reset();
    }

    const Welcome& welcome() const override { return welcome_; }
    SharedRegion& control_region() override { return control_; }
    std::unique_ptr<SharedRegion> share(std::size_t bytes) override;
    UniqueFd export_region(const SharedRegion& region) override {
        return UniqueFd(::fcntl(region.fd(), F_DUPFD_CLOEXEC, 0));
    }
    std::unique_ptr<SharedRegion> import_region(int fd) override;
    bool open_channel(ChannelId channel, const SharedRegion& region, std::size_t offset) override;
    void ring_channel(ChannelId channel) override {
        if (channel >= channel_fds_.size()) return;
        const int fd = channel_fds_[channel].load(std::memory_order_acquire);
        if (fd >= 0) ring_eventfd(fd);
    }
    Wake wait(std::optional<std::chrono::nanoseconds> timeout) override;
    void interrupt() override { ring_eventfd(doorbell_.get()); }
    bool peer_gone() override { return line_->peer_gone(); }
    void hang_up() override { line_->hang_up(); }

  private:
    // Of memory whose size is sealed.
    std::unique_ptr<SharedRegion> share(UniqueFd fd, std::size_t bytes);

    std::shared_ptr<RequestLine> line_;
    UniqueFd doorbell_;
    const ForkGuard doorbell_guard_;
    LocalRegion control_;
    Welcome welcome_;
    // Set once per channel; read by every thread that rings it.
    std::array<std::atomic<int>, ring::kMaxChannels> channel_fds_;
};

std::unique_ptr<SharedRegion> LocalGuestTransport::share(std::size_t bytes) {
    if (bytes == 0 || bytes > SIZE_MAX - ring::kPageBytes || line_->gone()) return nullptr;
    const std::size_t rounded = ring::whole_pages(bytes);
    return share(make_sealed_memory(rounded), rounded);
}

std::unique_ptr<SharedRegion> LocalGuestTransport::share(UniqueFd fd, std::size_t bytes) {
    Mapping mapping;
    if (!fd || !mapping.map(fd.get(), bytes)) return nullptr;
    Request request{.kind = Request::Kind::AddRegion, .value = bytes};
    const std::array<int, 1> fds{fd.get()};
    if (!line_->ask(request, fds).granted) return nullptr;
    return std::make_unique<LocalRegion>(line_, request.region, std::move(fd), std::move(mapping));
}

// Any sealed memory of this machine will do: the worker looks at it with the same eyes.
std::unique_ptr<SharedRegion> LocalGuestTransport::import_region(int fd) {
    struct stat status {};
    if (line_->gone() || ::fstat(fd, &status) != 0 || status.st_size <= 0) return nullptr;
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    if (!why_not_mappable(fd, bytes).empty()) return nullptr;
    return share(UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)), static_cast<std::size_t>(bytes));
}

bool LocalGuestTransport::open_channel(ChannelId channel, const SharedRegion& region,
                                       std::size_t offset) {
    if (channel >= channel_fds_.size()) return false;
    Request request{.kind = Request::Kind::OpenChannel,
                    .region = region.id(),
                    .channel = channel,
                    .value = offset};
    RequestLine::Answer answer = line_->ask(request, {});
    if (!answer.granted || !answer.fd) return false;
    int none = -1;
    if (!channel_fds_[channel].compare_exchange_strong(none, answer.fd.get())) return false;
    answer.fd.release();
    return true;
}

GuestTransport::Wake LocalGuestTransport::wait(std::optional<std::chrono::nanoseconds> timeout) {
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        timespec left{};
        if (timeout) left = rest_of(*timeout, begin);
        // POLLIN of the socket is not asked for: acks are for the thread that waits for one.
        pollfd polls[2] = {{doorbell_.get(), POLLIN, 0}, {line_->socket(), POLLRDHUP, 0}};
        const int ready = ::ppoll(polls, 2, timeout ? &left : nullptr, nullptr);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0 || RequestLine::hung_up(polls[1].revents)) return Wake::PeerGone;
        std::uint64_t rings = 0;
        if ((polls[0].revents & POLLIN) != 0 &&
            ::read(doorbell_.get(), &rings, sizeof(rings)) == sizeof(rings))
            return Wake::Doorbell;
        if (ready == 0) return Wake::TimedOut;
    }
}

}  // namespace

std::unique_ptr<GuestTransport> make_guest_end(UniqueFd socket, UniqueFd doorbell, UniqueFd control,
                                               Mapping control_mapping, Welcome welcome) {
    return std::make_unique<LocalGuestTransport>(std::move(socket), std::move(doorbell),
                                                 std::move(control), std::move(control_mapping),
                                                 std::move(welcome));
}

}  // namespace vgpu::transport
