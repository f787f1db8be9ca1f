// Writes one command's record and waits for the host's reply.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "icd/context.h"
#include "icd/post.h"
#include "wire/arena.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::icd {

// Lives on the stack of the application's thread:
//
//     Call call(context, kCommand_vkGetBufferDeviceAddress);
//     encode_...(call.writer(), ...);
//     wire::Reader* reply = call.wait();
//     if (reply == nullptr) return VK_ERROR_DEVICE_LOST;
//
// The record is an ordered one. The reply comes from the host and is not trusted: it is bounded,
// copied once, and read from the copy. From its construction to wait() the thread opens no other
// record (see Post); after wait() it may.
class Call {
  public:
    Call(Context& context, std::uint16_t command);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    // A Call that never waited sends its record and leaves the context lost, because its reply
    // would be taken for another's.
    ~Call();

    wire::Writer& writer() { return post_.writer(); }

    // Sends the record, makes every channel's records visible and waits for the reply. Null when
    // the context is lost. The reader lives as long as this Call. To be called once.
    wire::Reader* wait();

  private:
    bool read_reply();

    Context& context_;
    Post post_;
    bool waited_ = false;
    wire::Arena arena_;
    std::unique_ptr<std::uint8_t[]> large_;
    std::optional<wire::Reader> reader_;
    alignas(8) std::uint8_t small_[512];
};

}  // namespace vgpu::icd
