// Writes one command's record, for which nobody waits, into the calling thread's channel.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "icd/channel.h"
#include "icd/context.h"
#include "ring/layout.h"
#include "wire/writer.h"

namespace vgpu::icd {

// A record's place in the context's order; see ring/layout.h, RecordHeader::order.
enum class Place : std::uint8_t { Ordered, Recorded };

// Lives on the stack of the application's thread for the time of one encode:
//
//     Post post(context, kCommand_vkDestroyFence, Place::Ordered);
//     encode_vkDestroyFence(post.writer(), ...);
//
// The destructor, or send(), ends the record. While a Post is open its thread opens no other
// record, and asks the context for nothing but lost(): take ids before, recycle them after.
// On a lost context all of it works, and nothing is sent.
class Post {
  public:
    // On the calling thread's channel; for everything but vkCmd*.
    Post(Context& context, std::uint16_t command, Place place)
        : Post(place == Place::Ordered ? context.earn_channel() : context.channel(), command,
               place) {}
    // On `channel`, which is the calling thread's (Context::channel()) or the shared one.
    Post(Channel& channel, std::uint16_t command, Place place)
        : Post(channel, channel.open_record(), command, place) {}
    Post(const Post&) = delete;
    Post& operator=(const Post&) = delete;
    ~Post() {
        if (!sent_) send();
    }

    // Stands behind the 8 bytes of the record's header.
    wire::Writer& writer() { return writer_; }

    // Ends the record: it is part of the stream, and visible when its batch is (context.h).
    void send() {
        finish();
        if (channel_.shared_) [[unlikely]]
            channel_.unlock_shared();
    }

  private:
    friend class Call;

    Post(Channel& channel, std::span<std::uint8_t> room, std::uint16_t command, Place place)
        : channel_(channel),
          writer_(room.data(), room.data() + room.size(), channel.overflow_,
                  channel.context_.peer_links()),
          command_(command),
          place_(place) {
        OrderClock& clock = channel.clock_;
        if (place == Place::Ordered) {
            // Before the place is taken: a publish_all() of a later place is then noticed below.
            epoch_ = clock.publish_epoch.load(std::memory_order_acquire);
            order_ = clock.order.fetch_add(1, std::memory_order_acq_rel) + 1;
        } else {
            order_ = clock.order.load(std::memory_order_acquire);
        }
        writer_.u64(0);
    }

    void finish() {
        sent_ = true;
        writer_.align8();
        if (writer_.overflowed()) [[unlikely]] {
            channel_.stream_record(command_, order_, {writer_.data(), writer_.size()});
        } else {
            const auto bytes = static_cast<std::uint32_t>(writer_.size());
            const ring::RecordHeader header{command_, static_cast<std::uint16_t>(bytes / 8),
                                            order_};
            std::memcpy(writer_.data(), &header, sizeof(header));
            channel_.commit_record(bytes);
        }
        if (place_ == Place::Ordered) publish_if_awaited();
    }
    // Another thread made everything visible while this place was taken but its record was not
    // committed: that thread may wait for it, so the record must not linger in its batch.
    void publish_if_awaited() {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (channel_.clock_.publish_epoch.load(std::memory_order_relaxed) != epoch_) [[unlikely]]
            channel_.publish();
    }

    Channel& channel_;
    wire::Writer writer_;
    std::uint32_t order_;
    std::uint32_t epoch_ = 0;
    const std::uint16_t command_;
    const Place place_;
    bool sent_ = false;
};

}  // namespace vgpu::icd
