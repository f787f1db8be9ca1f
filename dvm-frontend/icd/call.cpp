// Waits for a reply and believes nothing of it but its bytes.
#include "icd/call.h"

#include <new>

namespace vgpu::icd {

Call::Call(Context& context, std::uint16_t command)
    : context_(context), post_(context, command, Place::Ordered) {}

Call::~Call() {
    if (waited_) return;
    post_.send();
    context_.mark_lost("A command that has a reply was not waited for.");
}

wire::Reader* Call::wait() {
    waited_ = true;
    post_.finish();
    context_.publish_all();
    // Once anything was senseless, what the ring holds may belong to another call.
    const bool read = !context_.lost() && read_reply();
    // Held since the record's begin: replies come in the order of the records.
    if (post_.channel_.shared_) post_.channel_.unlock_shared();
    return read ? &*reader_ : nullptr;
}

bool Call::read_reply() {
    Channel& channel = post_.channel_;
    ring::ReplyHeader header;
    if (!channel.read_reply({reinterpret_cast<std::uint8_t*>(&header), sizeof(header)}))
        return false;
    if (header.order != post_.order_ || header.bytes > ring::kMaxReplyBytes) {
        context_.mark_lost("The head of a host's reply makes no sense.");
        return false;
    }
    std::uint8_t* to = small_;
    if (header.bytes > sizeof(small_)) {
        large_.reset(new (std::nothrow) std::uint8_t[header.bytes]);
        to = large_.get();
    }
    if (to == nullptr) {
        context_.mark_lost("There is no memory for a reply.");
        return false;
    }
    if (!channel.read_reply({to, header.bytes})) return false;
    reader_.emplace(to, header.bytes, arena_);
    return true;
}

}  // namespace vgpu::icd
