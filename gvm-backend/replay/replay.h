// What a command's host half works with: the driver, the handle table, and ways to end badly.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "commands.h"
#include "host_vulkan.h"
#include "replay/compiles.h"
#include "replay/graveyard.h"
#include "replay/payload.h"
#include "replay/shader_groups.h"
#include "wire/arena.h"
#include "wire/handle_table.h"
#include "wire/reader.h"
#include "worker/memory_types.h"
#include "worker/replay_port.h"

namespace vgpu::replay {

class Replay;
// Of a queue family's flags those that a guest can use.
VkQueueFlags shown_queue_flags(VkQueueFlags flags);
// A command as the host serves it.
struct Served {
    void (*run)(Replay&, Payload) = nullptr;  // null: no command has this number
    bool recorded = false;                    // has no place of its own in the order (vkCmd*)
    bool replies = false;
};
// By wire number.
extern const std::span<const Served> kServed;

// As Replay::expect(), on any thread.
void expect(worker::WorkerServices& services, VkResult result, const char* command);

// What all channels of a context share. Owned by the worker's context. Changed by ordered commands
// only, which run one at a time.
struct ContextState {
    explicit ContextState(worker::WorkerServices& worker);
    ~ContextState();
    void wait_for_compiles();

    worker::WorkerServices& services;
    wire::HandleTable table;
    HostVulkan vk;
    VkInstance instance = VK_NULL_HANDLE;
    bool has_surface_extension = false;  // the host's instance knows VK_KHR_surface
    Compiles compiles;
    ShaderGroups shader_groups;
    // Of the one GPU that the guest is shown; made when it asks for its devices.
    std::optional<worker::GuestMemoryTypes> memory_types;
};

// Runs one channel's commands, on that channel's thread. What it is given was decoded and checked
// against the registry; what Vulkan's valid usage demands beyond that, it checks itself or leaves
// to the driver, whose process is this guest's alone.
class Replay final : public worker::CommandSink {
  public:
    explicit Replay(ContextState& state) : state_(state), memory_(std::make_unique<Memory>()) {}

    bool is_ordered(std::uint16_t command) const override;
    wire::Violation execute(std::uint16_t command, const std::uint8_t* payload, std::size_t bytes,
                            std::uint32_t order, std::vector<std::uint8_t>& reply,
                            bool& has_reply) override;
    worker::RanRecords run_recorded(std::span<const std::uint8_t> records,
                                    std::uint32_t executed) override;

    const HostVulkan& vk() const { return state_.vk; }
    ContextState& state() { return state_; }
    worker::WorkerServices& services() { return state_.services; }
    wire::HandleTable& table() { return state_.table; }
    wire::Arena& arena() { return memory_->arena; }

    // The state of the object `id`, whose type the decoder has checked.
    template <typename State>
    State* state_of(wire::ObjectId id) {
        wire::Slot* slot = table().find(id);
        return slot ? static_cast<State*>(slot->state.get()) : nullptr;
    }
    // Memory until the command has run; null (and a violation) when it asks for too much.
    template <typename T>
    T* scratch(std::uint64_t n) {
        T* memory = arena().allocate_array<T>(n == 0 ? 1 : n);
        if (!memory) fail(wire::Violation::OutOfMemory);
        return memory;
    }

    // --- for generated code
    // Reads the arguments; false after a violation. Defined in run.h.
    template <typename Args>
    bool decode(Payload payload, Args& args);
    // The host has no such function.
    void unserved(const char* command);
    // A posted command's result: the guest goes on as if it were success, so anything else ends
    // the context.
    void expect(VkResult result, const char* command);
    // A create's result. `told`: the guest waits for it and may fail.
    template <typename Handle>
    void made(wire::ObjectId id, Handle handle, VkResult result, bool told, const char* command) {
        made(id, type_number<Handle>(), reinterpret_cast<std::uint64_t>(handle), result, told,
             command);
    }
    template <typename Handle>
    void made_many(const wire::ObjectId* ids, const Handle* handles, std::uint64_t n,
                   VkResult result, bool told, const char* command) {
        for (std::uint64_t i = 0; i < n; ++i)
            if (handles[i] != VK_NULL_HANDLE || result < VK_SUCCESS)
                made(ids[i], handles[i], result, told, command);
    }
    // Forgets the object (0 is none) and calls `end`, which destroys it in the driver: at once, or
    // when what was submitted before is complete. A guest cannot take from under the driver what
    // it works on.
    template <typename End>
    void destroy(wire::ObjectId id, End&& end) {
        Graveyard* graveyard = nullptr;
        std::unique_ptr<wire::SlotState> state = forget(id, graveyard);
        if (graveyard)
            graveyard->add(std::forward<End>(end), std::move(state));
        else
            end();
    }
    // Forgets objects of a free, all of that pool. False, and a violation, when one is not.
    bool freed(const wire::ObjectId* ids, std::uint32_t n, wire::ObjectId pool);
    // Shows the guest its own memory types.
    void amend_memory_types(VkPhysicalDevice, VkPhysicalDeviceMemoryProperties& properties);
    void amend_memory_types(VkPhysicalDevice, VkPhysicalDeviceMemoryProperties2& properties);
    void amend_memory_types(VkDevice, VkMemoryRequirements& requirements);
    void amend_memory_types(VkDevice, VkMemoryRequirements2& requirements);
    void amend_memory_types(VkDevice, std::span<VkVideoSessionMemoryRequirementsKHR> all);
    // Shows the guest no kind of queue whose extension it cannot have.
    void amend_queue_families(VkPhysicalDevice, std::span<VkQueueFamilyProperties> families);
    void amend_queue_families(VkPhysicalDevice, std::span<VkQueueFamilyProperties2> families);
    // Promises no version that this end's registry does not know.
    void amend_version(VkPhysicalDevice, VkPhysicalDeviceProperties& properties);
    void amend_version(VkPhysicalDevice, VkPhysicalDeviceProperties2& properties);
    // Writes the reply by its description.
    void answer(wire::Command command, const void* reply);

    // --- for hand-written halves
    void fail(wire::Violation violation) { violation_ = violation; }
    // As fail(BadArgument), with what the log should say.
    void fail(const std::string& text);
    bool failed() const { return violation_ != wire::Violation::None; }
    // The new object's slot, or null after a violation. `parent` may be null.
    wire::Slot* insert(wire::ObjectId id, std::uint16_t type, std::uint64_t handle,
                       wire::Slot* parent = nullptr);
    template <typename Handle>
    wire::Slot* insert(wire::ObjectId id, Handle handle, wire::Slot* parent = nullptr) {
        return insert(id, type_number<Handle>(), reinterpret_cast<std::uint64_t>(handle), parent);
    }
    // As insert(), of an object that is still being made: who names it waits until it is settled.
    template <typename Handle>
    wire::Slot* insert_pending(wire::ObjectId id) {
        return enter(id, type_number<Handle>(), wire::Slot::kPending, nullptr);
    }
    // What a command's arguments lie in. They may outlive the command only where outlives() says
    // so.
    struct Memory {
        wire::Arena arena;
        std::vector<std::uint64_t> payload;
    };
    // The arguments of this command lie in there from now on, for whoever goes on with it.
    std::shared_ptr<Memory> take_memory();
    bool has_own_payload() const { return !memory_->payload.empty(); }
    // Lets later commands run beside what is left of this one; see WorkerServices::leave_turn.
    void leave_turn() { services().leave_turn(order_); }
    // The device's table index that the command speaks of.
    std::uint32_t scope() const { return scope_; }

  private:
    template <typename R, typename Args>
    bool decode_with(Payload payload, Args& args);
    template <typename Handle>
    static constexpr std::uint16_t type_number() {
        return static_cast<std::uint16_t>(wire::ObjectTypeOf<Handle>::value);
    }
    wire::Slot* enter(wire::ObjectId id, std::uint16_t type, std::uint64_t host,
                      wire::Slot* parent);
    // Ends the object's slot. `graveyard` is where to, when its device has submissions pending.
    std::unique_ptr<wire::SlotState> forget(wire::ObjectId id, Graveyard*& graveyard);
    void made(wire::ObjectId id, std::uint16_t type, std::uint64_t handle, VkResult result,
              bool told, const char* command);

    ContextState& state_;
    std::unique_ptr<Memory> memory_;
    std::uint32_t order_ = 0;
    wire::Violation violation_ = wire::Violation::None;
    std::uint32_t scope_ = wire::HandleTable::kInstanceScope;
    std::vector<std::uint8_t>* reply_ = nullptr;
};

}  // namespace vgpu::replay
