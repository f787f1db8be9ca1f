// Stands in for the service and the worker: answers each record on the thread that sent it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "commands.h"
#include "ring/byte_ring.h"
#include "transport/guest_transport.h"

namespace vgpu::icd::test {

// Decodes records by their descriptions, with ids where a host has handles. Commands without an
// answer get a reply of zeros. For one thread of the guest.
class FakeHost : public transport::GuestTransport {
  public:
    FakeHost();
    ~FakeHost() override;

    template <typename Args, typename Reply, typename Answer>
    void on(Answer answer) {
        answers_[Args::kCommand] = [answer](const void* args, void* reply) {
            answer(*static_cast<const Args*>(args), *static_cast<Reply*>(reply));
        };
    }
    // For commands without a reply.
    template <typename Args, typename Look>
    void on_post(Look look) {
        answers_[Args::kCommand] = [look](const void* args, void*) {
            look(*static_cast<const Args*>(args));
        };
    }
    // How often the command has come.
    std::size_t count(wire::Command command) const;
    std::size_t regions() const { return regions_; }
    // Until all that is published is executed: the guest's other threads ring for this one too.
    void settle();

    transport::Welcome offered;
    bool gone = false;            // the peer hung up
    bool refuses_shares = false;  // no more memory can be shared
    std::size_t timed_waits = 0;  // sleeps that would have ended by themselves

    const transport::Welcome& welcome() const override { return offered; }
    transport::SharedRegion& control_region() override { return *control_; }
    std::unique_ptr<transport::SharedRegion> share(std::size_t bytes) override;
    bool open_channel(transport::ChannelId channel, const transport::SharedRegion& region,
                      std::size_t offset) override;
    void ring_channel(transport::ChannelId channel) override;
    Wake wait(std::optional<std::chrono::nanoseconds> timeout) override;
    void interrupt() override;
    bool peer_gone() override { return gone; }
    void hang_up() override { gone = true; }

  private:
    struct Channel {
        explicit Channel(std::uint8_t* at);
        ring::Consumer commands;
        ring::Producer replies;
        std::vector<std::uint8_t> bytes;
    };
    using Answer = std::function<void(const void* args, void* reply)>;

    void read(Channel& channel);
    void execute(Channel& channel, const ring::RecordHeader& header, const std::uint8_t* payload,
                 std::size_t bytes);

    std::unique_ptr<transport::SharedRegion> control_;
    std::map<transport::ChannelId, std::unique_ptr<Channel>> channels_;
    std::map<wire::Command, Answer> answers_;
    std::map<wire::Command, std::size_t> counts_;
    transport::RegionId next_region_ = 1;
    std::size_t regions_ = 0;
    std::mutex serving_;  // one thread reads rings at a time
    std::mutex mutex_;
    std::condition_variable interruption_;
    bool interrupted_ = false;
};

}  // namespace vgpu::icd::test
