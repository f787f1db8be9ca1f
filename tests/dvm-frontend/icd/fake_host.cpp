// Serves rings in the guest's own memory.
#include "fake_host.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <thread>

#include "base/check.h"
#include "ring/layout.h"
#include "wire/arena.h"
#include "wire/codec.h"

namespace vgpu::icd::test {

namespace {

// Memory that only this process has.
class OwnRegion : public transport::SharedRegion {
  public:
    OwnRegion(transport::RegionId id, std::size_t bytes)
        : SharedRegion(id, allocate(bytes), bytes) {}
    ~OwnRegion() override { ::operator delete (data(), std::align_val_t{ring::kPageBytes}); }

  private:
    static std::uint8_t* allocate(std::size_t bytes) {
        void* memory = ::operator new (bytes, std::align_val_t{ring::kPageBytes});
        return static_cast<std::uint8_t*>(std::memset(memory, 0, bytes));
    }
};

}  // namespace

FakeHost::Channel::Channel(std::uint8_t* at)
    : commands(*reinterpret_cast<ring::RingHeader*>(at), at + sizeof(ring::RingHeader),
               ring::kCommandRingBytes),
      replies(*reinterpret_cast<ring::RingHeader*>(at + ring::kReplyRingOffset),
              at + ring::kReplyRingOffset + sizeof(ring::RingHeader), ring::kReplyRingBytes) {}

FakeHost::FakeHost() : control_(std::make_unique<OwnRegion>(0, ring::kControlRegionBytes)) {
    offered.instance_version = VK_API_VERSION_1_3;
    offered.service_version = "of a test";
    offered.objects_max = 1 << 20;
    offered.channels_max = 4;
    offered.memory_limit_bytes = 1ull << 32;
    for (const wire::CommandInfo& command : wire::kCommands)
        offered.command_hashes.push_back(command.name ? command.hash : 0);
    offered.link_hashes.assign(wire::kLinkHashes.begin(), wire::kLinkHashes.end());
}

FakeHost::~FakeHost() = default;

std::size_t FakeHost::count(wire::Command command) const {
    const auto at = counts_.find(command);
    return at == counts_.end() ? 0 : at->second;
}

std::unique_ptr<transport::SharedRegion> FakeHost::share(std::size_t bytes) {
    if (gone || refuses_shares) return nullptr;
    ++regions_;
    const std::size_t pages = (bytes + ring::kPageBytes - 1) / ring::kPageBytes;
    return std::make_unique<OwnRegion>(next_region_++, pages * ring::kPageBytes);
}

bool FakeHost::open_channel(transport::ChannelId channel, const transport::SharedRegion& region,
                            std::size_t offset) {
    std::uint8_t* at = region.data() + offset;
    const std::lock_guard lock(serving_);
    channels_[channel] = std::make_unique<Channel>(at);
    channels_[channel]->commands.prepare_sleep();
    return true;
}

// As this host always sleeps, the guest rings for all that it publishes.
void FakeHost::ring_channel(transport::ChannelId id) {
    if (gone) return;
    // Any thread of the guest may ring any channel.
    const std::lock_guard lock(serving_);
    Channel& channel = *channels_.at(id);
    channel.commands.cancel_sleep();
    do {
        read(channel);
    } while (!channel.commands.prepare_sleep());
}

void FakeHost::settle() {
    for (int i = 0; i < 10'000 && !gone; ++i) {
        {
            const std::lock_guard lock(serving_);
            if (std::all_of(channels_.begin(), channels_.end(),
                            [](const auto& each) { return each.second->commands.empty(); }))
                return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

// Nothing but the guest itself wakes it: what it waits for was done when it rang.
FakeHost::Wake FakeHost::wait(std::optional<std::chrono::nanoseconds> timeout) {
    if (gone) return Wake::PeerGone;
    std::unique_lock lock(mutex_);
    const auto interrupted = [this] { return interrupted_; };
    if (timeout) ++timed_waits;
    if (!timeout)
        interruption_.wait(lock, interrupted);
    else if (!interruption_.wait_for(lock, *timeout, interrupted))
        return Wake::TimedOut;
    interrupted_ = false;
    return Wake::Doorbell;
}

void FakeHost::interrupt() {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    interruption_.notify_all();
}

void FakeHost::read(Channel& channel) {
    std::uint8_t chunk[4096];
    while (const std::size_t n = channel.commands.try_read(chunk))
        channel.bytes.insert(channel.bytes.end(), chunk, chunk + n);
    std::size_t at = 0;
    while (channel.bytes.size() - at >= sizeof(ring::RecordHeader)) {
        ring::RecordHeader header;
        std::memcpy(&header, channel.bytes.data() + at, sizeof(header));
        std::uint64_t bytes = header.words * std::uint64_t{8};
        std::size_t head = sizeof(header);
        if (header.words == 0) {
            if (channel.bytes.size() - at < 16) break;
            std::memcpy(&bytes, channel.bytes.data() + at + 8, sizeof(bytes));
            head = 16;
        }
        if (channel.bytes.size() - at < bytes) break;
        // Aligned as the worker's private copy is.
        const std::vector<std::uint64_t> copy(
            reinterpret_cast<const std::uint64_t*>(channel.bytes.data() + at + head),
            reinterpret_cast<const std::uint64_t*>(channel.bytes.data() + at + bytes));
        at += bytes;
        execute(channel, header, reinterpret_cast<const std::uint8_t*>(copy.data()), bytes - head);
    }
    channel.bytes.erase(channel.bytes.begin(),
                        channel.bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

void FakeHost::execute(Channel& channel, const ring::RecordHeader& header,
                       const std::uint8_t* payload, std::size_t bytes) {
    if (header.command == ring::kPadCommand || header.command == ring::kAwaitChannelCommand) return;
    const wire::CommandInfo& info = wire::kCommands[header.command];
    wire::Arena arena;
    wire::Reader reader(payload, bytes, arena);
    std::vector<std::uint64_t> args(info.args.size / 8 + 1);
    VGPU_CHECK(wire::decode(reader, info.args, args.data()));
    const auto command = static_cast<wire::Command>(header.command);
    ++counts_[command];
    std::vector<std::uint64_t> reply(info.reply.size / 8 + 1);
    const auto answer = answers_.find(command);
    if (answer != answers_.end()) answer->second(args.data(), reply.data());
    if (!info.replies) return;

    std::vector<std::uint8_t> out;
    alignas(8) std::uint8_t first[4096];
    wire::Writer writer(first, first + sizeof(first), out);
    wire::encode(writer, info.reply, reply.data());
    writer.align8();
    const ring::ReplyHeader head{static_cast<std::uint32_t>(writer.size()), header.order};
    channel.replies.try_write({reinterpret_cast<const std::uint8_t*>(&head), sizeof(head)});
    channel.replies.try_write({writer.data(), writer.size()});
    channel.replies.publish();
}

}  // namespace vgpu::icd::test
