// Channel threads, order and replies of the tests' worker.
#include "tests/dvm-frontend/icd/ring_host.h"

#include <cstring>

namespace vgpu::icd::test {

namespace {

std::uint32_t word(std::span<const std::uint8_t> payload, std::size_t index) {
    std::uint32_t value = 0;
    if (payload.size() >= 4 * index + 4) std::memcpy(&value, payload.data() + 4 * index, 4);
    return value;
}

bool ordered(std::uint16_t command) {
    return command < 1000 && command != 1;
}

}  // namespace

RingHost::RingHost(transport::Welcome welcome) : pair_(std::move(welcome)) {
    requests_ = std::thread([this] { pair_.host->run(*this); });
}

void RingHost::kill() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    if (!requests_.joinable()) return;
    pair_.host->stop();
    requests_.join();
    for (auto& channel : served_) {
        if (!channel) continue;
        channel->doorbell->stop();
        channel->thread.join();
    }
    pair_.host.reset();
}

void RingHost::hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
}

void RingHost::release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
}

void RingHost::hold_channel(transport::ChannelId channel, bool held) {
    const std::lock_guard lock(mutex_);
    served_[channel]->held = held;
    changed_.notify_all();
}

ring::ControlPage& RingHost::control() {
    return *reinterpret_cast<ring::ControlPage*>(pair_.host->control_region().data());
}

void RingHost::mark_lost(ring::LostReason reason) {
    control().lost = static_cast<std::uint32_t>(reason);
    wake_guest();
}

bool RingHost::wait_executed(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return executed_.size() >= count; });
}

std::vector<Executed> RingHost::executed() {
    const std::lock_guard lock(mutex_);
    return executed_;
}

std::string RingHost::complaint() {
    const std::lock_guard lock(mutex_);
    return complaint_;
}

std::string RingHost::add_region(transport::RegionId id,
                                 std::shared_ptr<transport::MappedRegion> region) {
    const std::lock_guard lock(mutex_);
    std::size_t bytes = region->size();
    for (const auto& [other, shared] : regions_) bytes += shared->size();
    if (bytes > bytes_max) {
        ++regions_refused;
        return "There are no pages left.";
    }
    regions_[id] = std::move(region);
    ++regions_added;
    return {};
}

std::string RingHost::remove_region(transport::RegionId id) {
    const std::lock_guard lock(mutex_);
    regions_.erase(id);
    ++regions_removed;
    return {};
}

std::string RingHost::open_channel(transport::ChannelId id, transport::RegionId region,
                                   std::size_t offset,
                                   std::unique_ptr<transport::ChannelDoorbell> doorbell) {
    if (refuses_channels) return "No channels today.";
    const std::lock_guard lock(mutex_);
    auto channel = std::make_unique<Served>();
    channel->region = regions_.at(region);
    channel->doorbell = std::move(doorbell);
    std::uint8_t* at = channel->region->data() + offset;
    channel->command_header = reinterpret_cast<ring::RingHeader*>(at);
    channel->reply_header = reinterpret_cast<ring::RingHeader*>(at + ring::kReplyRingOffset);
    channel->commands = std::make_unique<ring::Consumer>(
        *channel->command_header, at + sizeof(ring::RingHeader), ring::kCommandRingBytes);
    channel->replies = std::make_unique<ring::Producer>(
        *channel->reply_header, at + ring::kReplyRingOffset + sizeof(ring::RingHeader),
        ring::kReplyRingBytes);
    served_[id] = std::move(channel);
    ++channels_open_;
    served_[id]->thread = std::thread([this, id] { serve(id, *served_[id]); });
    return {};
}

void RingHost::wake_guest() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (control().guest_waits.load(std::memory_order_relaxed) != 0) pair_.host->ring_guest();
}

bool RingHost::sleep(Served& channel) {
    for (int i = 0; i < 200; ++i) {
        if (!channel.commands->empty()) return true;
        asm volatile("");
    }
    if (channel.commands->prepare_sleep()) {
        channel.doorbell->wait();
        channel.commands->cancel_sleep();
    }
    return !stopping_;
}

void RingHost::serve(transport::ChannelId id, Served& channel) {
    std::vector<std::uint8_t> bytes;
    std::vector<std::uint8_t> piece(64 << 10);
    while (!stopping_) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return (!held_ && !channel.held) || stopping_; });
        }
        const std::size_t read = channel.commands->try_read(piece);
        if (read == 0) {
            if (channel.commands->broken() || !sleep(channel)) return;
            continue;
        }
        wake_guest();
        if (discards) continue;
        bytes.insert(bytes.end(), piece.begin(), piece.begin() + static_cast<long>(read));
        const std::size_t done = execute_all(id, channel, bytes);
        bytes.erase(bytes.begin(), bytes.begin() + static_cast<long>(done));
    }
}

std::size_t RingHost::execute_all(transport::ChannelId id, Served& channel,
                                  const std::vector<std::uint8_t>& bytes) {
    std::size_t at = 0;
    while (bytes.size() - at >= sizeof(ring::RecordHeader)) {
        ring::RecordHeader header;
        std::memcpy(&header, bytes.data() + at, sizeof(header));
        std::uint64_t size = 8ull * header.words;
        std::size_t head = sizeof(header);
        if (header.words == 0) {
            head += sizeof(size);
            if (bytes.size() - at < head) break;
            std::memcpy(&size, bytes.data() + at + sizeof(header), sizeof(size));
        }
        if (bytes.size() - at < size) break;
        if (!execute(id, channel, header, {bytes.data() + at + head, size - head})) break;
        at += size;
        const std::lock_guard lock(mutex_);
        positions_[id] += size;
        changed_.notify_all();
    }
    return at;
}

bool RingHost::take_turn(const ring::RecordHeader& header) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
        const auto ahead = static_cast<std::int32_t>(order_ - header.order);
        return stopping_ || ahead >= (ordered(header.command) ? -1 : 0);
    });
    if (ordered(header.command) && !stopping_ && order_ + 1 != header.order)
        complaint_ = "An order number was used twice.";
    return !stopping_;
}

bool RingHost::execute(transport::ChannelId id, Served& channel, const ring::RecordHeader& header,
                       std::span<const std::uint8_t> payload) {
    if (header.command == ring::kPadCommand) return true;
    if (!take_turn(header)) return false;
    if (header.command == ring::kAwaitChannelCommand) {
        std::uint64_t position;
        std::memcpy(&position, payload.data() + 8, sizeof(position));
        std::unique_lock lock(mutex_);
        ++awaits_;
        if (payload.size() != 16 || word(payload, 0) >= channels_open_ || word(payload, 1) != 0)
            complaint_ = "An await makes no sense.";
        changed_.wait(lock, [&] { return stopping_ || positions_[word(payload, 0)] >= position; });
        return !stopping_;
    }
    {
        const std::lock_guard lock(mutex_);
        executed_.push_back({id, header.command, header.order, {payload.begin(), payload.end()}});
    }
    act(channel, header, payload);
    const std::lock_guard lock(mutex_);
    if (ordered(header.command)) order_ = header.order;
    changed_.notify_all();
    return true;
}

void RingHost::act(Served& channel, const ring::RecordHeader& header,
                   std::span<const std::uint8_t> payload) {
    switch (header.command) {
        case kEcho:
            return reply(channel, header.order, payload);
        case kReplyBytes: {
            std::vector<std::uint8_t> bytes(word(payload, 0));
            for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte_of(i);
            return reply(channel, header.order, bytes);
        }
        case kSetStatus: {
            auto* slots = reinterpret_cast<ring::StatusSlot*>(pair_.host->control_region().data() +
                                                              ring::kStatusOffset);
            slots[word(payload, 0)].store(word(payload, 1), std::memory_order_release);
            return wake_guest();
        }
        case kBadOrder:
            return reply(channel, header.order + 1, payload);
        case kHugeReply: {
            const ring::ReplyHeader head{65 << 20, header.order};
            return write_reply(channel, {reinterpret_cast<const std::uint8_t*>(&head), 8});
        }
        case kBreakRings:
            channel.command_header->head += 0x4000'0000;
            channel.reply_header->tail += 0x4000'0000;
            return wake_guest();
        default:
            return;
    }
}

void RingHost::reply(Served& channel, std::uint32_t order, std::span<const std::uint8_t> payload) {
    const ring::ReplyHeader head{static_cast<std::uint32_t>(payload.size()), order};
    write_reply(channel, {reinterpret_cast<const std::uint8_t*>(&head), sizeof(head)});
    write_reply(channel, payload);
}

void RingHost::write_reply(Served& channel, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty() && !stopping_) {
        const std::size_t wrote = channel.replies->try_write(bytes);
        bytes = bytes.subspan(wrote);
        channel.replies->publish();
        wake_guest();
        if (wrote != 0) continue;
        // As ring/layout.h, ReplyHeader, says.
        channel.command_header->consumer_sleeps.store(1, std::memory_order_seq_cst);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (channel.replies->free_bytes() == 0) channel.doorbell->wait();
        channel.command_header->consumer_sleeps.store(0, std::memory_order_relaxed);
    }
}

}  // namespace vgpu::icd::test
