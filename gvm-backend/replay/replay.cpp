// Decodes one record, runs it, and turns what went wrong into the right kind of end.
#include "replay/replay.h"

#include <cstring>

#include "extensions.h"
#include "replay/device.h"
#include "result_names.h"
#include "wire/codec.h"
#include "wire/description.h"
#include "wire/writer.h"

namespace vgpu::replay {

VkQueueFlags shown_queue_flags(VkQueueFlags flags) {
    // Some of these have no name in older registries' headers.
    static constexpr struct {
        const char* extension;
        VkQueueFlags bit;
    } kOptional[] = {{"VK_KHR_video_decode_queue", 0x20},
                     {"VK_KHR_video_encode_queue", 0x40},
                     {"VK_NV_optical_flow", 0x100}};
    VkQueueFlags shown = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT |
                         VK_QUEUE_SPARSE_BINDING_BIT | VK_QUEUE_PROTECTED_BIT;
    for (const auto& one : kOptional)
        if (wire::find_extension(one.extension)) shown |= one.bit;
    return flags & shown;
}

ContextState::ContextState(worker::WorkerServices& worker)
    : services(worker), table(worker.options().objects_max), compiles(worker) {
    table.before_wait([this] { services.completion_watch().hand_over(); });
}

void ContextState::wait_for_compiles() {
    if (!compiles.any()) return;
    services.completion_watch().hand_over();
    compiles.wait_for_none();
}

namespace {

// What goes on when its record is over; longer ones end with their record.
constexpr std::size_t kMaxOutlivingBytes = 256 << 10;

bool outlives(std::uint16_t command, std::size_t bytes) {
    return bytes <= kMaxOutlivingBytes &&
           (command == static_cast<std::uint16_t>(wire::Command::vkCreateGraphicsPipelines) ||
            command == static_cast<std::uint16_t>(wire::Command::vkCreateComputePipelines));
}

}  // namespace

bool Replay::is_ordered(std::uint16_t command) const {
    return command >= kServed.size() || !kServed[command].recorded;
}

wire::Violation Replay::execute(std::uint16_t command, const std::uint8_t* payload,
                                std::size_t bytes, std::uint32_t order,
                                std::vector<std::uint8_t>& reply, bool& has_reply) {
    if (command >= kServed.size() || !kServed[command].run) return wire::Violation::UnknownCommand;
    memory_->arena.reset();
    violation_ = wire::Violation::None;
    reply_ = &reply;
    order_ = order;
    if (outlives(command, bytes)) {
        memory_->payload.resize((bytes + 7) / 8);
        std::memcpy(memory_->payload.data(), payload, bytes);
        payload = reinterpret_cast<const std::uint8_t*>(memory_->payload.data());
    }
    kServed[command].run(*this, {payload, bytes});
    memory_->payload.clear();
    has_reply = kServed[command].replies;
    return violation_;
}

// The hot path of every frame: nothing here is done for each record that could be done for all.
worker::RanRecords Replay::run_recorded(std::span<const std::uint8_t> records,
                                        std::uint32_t executed) {
    const std::span<const Served> served = kServed;
    const std::uint8_t* at = records.data();
    std::size_t left = records.size();
    violation_ = wire::Violation::None;
    while (left >= sizeof(ring::RecordHeader)) {
        ring::RecordHeader header;
        std::memcpy(&header, at, sizeof(header));
        const std::size_t bytes = header.words * std::size_t{8};
        const bool due = static_cast<std::int32_t>(executed - header.order) >= 0;
        if (bytes == 0 || bytes > left || !due || header.command >= served.size()) break;
        const Served& command = served[header.command];
        if (!command.recorded) break;
        memory_->arena.reset();
        command.run(*this, {at + sizeof(header), bytes - sizeof(header)});
        if (failed()) [[unlikely]]
            break;
        at += bytes;
        left -= bytes;
    }
    return {records.size() - left, violation_};
}

void Replay::unserved(const char* command) {
    fail(std::string("The guest calls ") + command + ", which the host's driver does not have.");
}

void expect(worker::WorkerServices& services, VkResult result, const char* command) {
    if (result >= VK_SUCCESS) return;
    const auto reason = result == VK_ERROR_DEVICE_LOST ? ring::LostReason::DriverLost
                                                       : ring::LostReason::CreateFailed;
    services.lose(reason, std::string(command) + " fails on the host with " + result_name(result) +
                              "; the guest did not wait for its result.");
}

void Replay::expect(VkResult result, const char* command) {
    replay::expect(services(), result, command);
}

std::shared_ptr<Replay::Memory> Replay::take_memory() {
    std::shared_ptr<Memory> taken = std::move(memory_);
    memory_ = std::make_unique<Memory>();
    return taken;
}

void Replay::made(wire::ObjectId id, std::uint16_t type, std::uint64_t handle, VkResult result,
                  bool told, const char* command) {
    if (result < VK_SUCCESS) {
        if (!told) expect(result, command);
        return;
    }
    insert(id, type, handle);
}

wire::Slot* Replay::insert(wire::ObjectId id, std::uint16_t type, std::uint64_t handle,
                           wire::Slot* parent) {
    // A null handle would read as one that is still being made, for which nobody waits in vain.
    return enter(id, type, handle == wire::Slot::kPending ? wire::Slot::kFailed : handle, parent);
}

wire::Slot* Replay::enter(wire::ObjectId id, std::uint16_t type, std::uint64_t host,
                          wire::Slot* parent) {
    wire::Slot* slot = table().insert(id, type, host, scope(), parent);
    if (!slot) fail(wire::Violation::IdInUse);
    return slot;
}

std::unique_ptr<wire::SlotState> Replay::forget(wire::ObjectId id, Graveyard*& graveyard) {
    wire::Slot* slot = table().find(id);
    if (!slot) return nullptr;
    if (Compiles::may_use(slot->type)) state_.wait_for_compiles();
    if (slot->scope != wire::HandleTable::kInstanceScope) {
        DeviceState& device = device_of(*this);
        if (device.graveyard.must_wait(device.queues)) graveyard = &device.graveyard;
        if (graveyard && graveyard->size() >= services().options().objects_max) {
            services().lose(ring::LostReason::LimitExceeded,
                            "The guest destroys more than " +
                                std::to_string(services().options().objects_max) +
                                " objects while a submission that never completes may use them.");
            fail(wire::Violation::BadArgument);
        }
    }
    std::unique_ptr<wire::SlotState> state = std::move(slot->state);
    table().erase(*slot);
    return state;
}

bool Replay::freed(const wire::ObjectId* ids, std::uint32_t n, wire::ObjectId pool) {
    for (std::uint32_t i = 0; i < n; ++i) {
        if (ids[i] == 0) continue;
        wire::Slot* slot = table().find(ids[i]);
        if (!slot || slot->parent != wire::index_of(pool)) {
            fail(slot ? wire::Violation::ForeignHandle : wire::Violation::FreedHandle);
            return false;
        }
        table().erase(*slot);
    }
    return true;
}

void Replay::amend_memory_types(VkPhysicalDevice, VkPhysicalDeviceMemoryProperties& properties) {
    if (state_.memory_types) properties = state_.memory_types->guest();
}

void Replay::amend_memory_types(VkPhysicalDevice device,
                                VkPhysicalDeviceMemoryProperties2& properties) {
    amend_memory_types(device, properties.memoryProperties);
}

void Replay::amend_memory_types(VkDevice, VkMemoryRequirements& requirements) {
    if (state_.memory_types)
        requirements.memoryTypeBits =
            state_.memory_types->guest_type_bits(requirements.memoryTypeBits);
}

void Replay::amend_memory_types(VkDevice device, VkMemoryRequirements2& requirements) {
    amend_memory_types(device, requirements.memoryRequirements);
}

void Replay::amend_memory_types(VkDevice device,
                                std::span<VkVideoSessionMemoryRequirementsKHR> all) {
    for (VkVideoSessionMemoryRequirementsKHR& one : all)
        amend_memory_types(device, one.memoryRequirements);
}

void Replay::amend_queue_families(VkPhysicalDevice, std::span<VkQueueFamilyProperties> families) {
    for (VkQueueFamilyProperties& family : families)
        family.queueFlags = shown_queue_flags(family.queueFlags);
}

void Replay::amend_queue_families(VkPhysicalDevice, std::span<VkQueueFamilyProperties2> families) {
    for (VkQueueFamilyProperties2& family : families)
        family.queueFamilyProperties.queueFlags =
            shown_queue_flags(family.queueFamilyProperties.queueFlags);
}

void Replay::amend_version(VkPhysicalDevice, VkPhysicalDeviceProperties& properties) {
    properties.apiVersion =
        std::min<std::uint32_t>(properties.apiVersion, VK_HEADER_VERSION_COMPLETE);
}

void Replay::amend_version(VkPhysicalDevice device, VkPhysicalDeviceProperties2& properties) {
    amend_version(device, properties.properties);
}

void Replay::answer(wire::Command command, const void* reply) {
    alignas(8) std::uint8_t small[1024];
    wire::Writer writer(small, small + sizeof(small), *reply_);
    wire::encode(writer, wire::kCommands[static_cast<std::uint16_t>(command)].reply, reply);
    if (writer.overflowed())
        reply_->resize(writer.size());
    else
        reply_->assign(writer.data(), writer.data() + writer.size());
}

void Replay::fail(const std::string& text) {
    services().lose(ring::LostReason::ProtocolViolation, text);
    fail(wire::Violation::BadArgument);
}

}  // namespace vgpu::replay
