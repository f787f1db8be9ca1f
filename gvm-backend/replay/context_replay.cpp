// All of one context's replay: hands out a sink per channel and ends what the guest left behind.
#include <vector>

#include "replay/replay.h"
#include "wire/description.h"
#include "worker/replay_port.h"

namespace vgpu::replay {

ContextState::~ContextState() {
    // What a guest leaves behind ends with the process; only threads of ours must stop before the
    // table goes, which the slots' states see to.
}

namespace {

class ContextReplay final : public worker::ContextReplay {
  public:
    explicit ContextReplay(worker::WorkerServices& services) : state_(services) {}

    std::unique_ptr<worker::CommandSink> sink_for_channel() override {
        return std::make_unique<Replay>(state_);
    }
    const char* command_name(std::uint16_t command) const override {
        const char* name =
            command < wire::kCommands.size() ? wire::kCommands[command].name : nullptr;
        return name ? name : "unknown";
    }

  private:
    ContextState state_;
};

}  // namespace

std::unique_ptr<worker::ContextReplay> make_context_replay(worker::WorkerServices& services) {
    return std::make_unique<ContextReplay>(services);
}

std::span<const std::uint32_t> command_hashes() {
    static const std::vector<std::uint32_t> hashes = [] {
        std::vector<std::uint32_t> all;
        for (const wire::CommandInfo& command : wire::kCommands) all.push_back(command.hash);
        return all;
    }();
    return hashes;
}

std::span<const std::uint32_t> link_hashes() {
    return wire::kLinkHashes;
}

}  // namespace vgpu::replay
