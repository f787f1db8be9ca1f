// Remembers which channel the calling thread has in each context, and returns them when it ends.
#pragma once

#include <cstdint>
#include <memory>

#include "icd/channel.h"
#include "icd/channel_pool.h"

namespace vgpu::icd::thread_channels {

// Makes thread_channel speak of the context `serial`: with the channel that this thread has there
// or, the first time, the shared one. A thread that is ending gets the shared one each time.
Channel& switch_to(std::uint64_t serial, const std::shared_ptr<ChannelPool>& pool);

// This thread has got a channel of its own in the context that thread_channel speaks of. False
// when the thread is ending, or has no memory to remember it: then it must not have it.
bool keep(Channel& own);

}  // namespace vgpu::icd::thread_channels
