// Objects that are made by one thread, used by a second and destroyed by a third.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "accumulate.h"
#include "common/kernel.h"
#include "threads/parts.h"
#include "threads/team.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kValues = 64;
constexpr std::uint32_t kParcels = 120;

// All that one piece of work needs. Lives on one thread at a time.
struct Parcel {
    std::uint32_t number;
    BoundBuffer values;
    Kernel kernel;
    Commands pool;
    Fence done;
    Event event;
    VkCommandBuffer commands;

    Parcel(const Gpu& gpu, std::uint32_t which)
        : number(which),
          values(mapped_storage(gpu, kValues)),
          kernel(gpu, accumulate, {values}, 4),
          pool(gpu),
          done(make_fence(gpu)),
          event(gpu.device(), VkEventCreateInfo{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO}),
          commands(pool.allocate()) {
        for (std::uint32_t& value : values.as<std::uint32_t>()) value = number;
    }
};
using ParcelBelt = Belt<std::unique_ptr<Parcel>>;

void record_and_submit(Parcel& parcel, SharedQueue& queue) {
    begin(parcel.commands);
    const std::uint32_t amount = 7;
    parcel.kernel.bind(parcel.commands, &amount);
    vkCmdDispatch(parcel.commands, kValues / 64, 1, 1);
    vkCmdSetEvent(parcel.commands, parcel.event, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT);
    memory_barrier(parcel.commands, kComputeStorage, kHostRead);
    check(vkEndCommandBuffer(parcel.commands));
    queue.submit(parcel.commands, parcel.done);
}

// The belts between the three kinds of thread, and what the last kind finds.
struct Line {
    const Gpu& gpu;
    SharedQueue queue;
    ParcelBelt made, submitted;
    std::atomic<std::uint32_t> next{0}, right{0}, busy_makers{0}, busy_users{0};

    void make() {
        for (std::uint32_t i = next++; i < kParcels; i = next++)
            made.put(std::make_unique<Parcel>(gpu, i));
    }
    void use() {
        while (auto parcel = made.take()) {
            record_and_submit(**parcel, queue);
            submitted.put(std::move(*parcel));
        }
    }
    void finish() {
        while (auto parcel = submitted.take()) {
            wait_for(gpu, (*parcel)->done);
            bool all = vkGetEventStatus(gpu.device(), (*parcel)->event) == VK_EVENT_SET;
            for (std::uint32_t value : (*parcel)->values.as<std::uint32_t>())
                all = all && value == (*parcel)->number * 3 + 7;
            if (all) ++right;
        }
    }
};

// The last of a kind to leave closes the belt that this kind fills.
class Leaving {
  public:
    Leaving(std::atomic<std::uint32_t>& busy, ParcelBelt& fills) : busy_(busy), fills_(fills) {}
    ~Leaving() {
        if (--busy_ == 0) fills_.close();
    }
    Leaving(const Leaving&) = delete;
    Leaving& operator=(const Leaving&) = delete;

  private:
    std::atomic<std::uint32_t>& busy_;
    ParcelBelt& fills_;
};

}  // namespace

void handover(const Stage& stage, std::uint32_t threads) {
    const std::uint32_t team = std::max(threads, 3u);
    Line line{stage.gpu, SharedQueue(stage.gpu)};
    line.busy_makers = (team + 2) / 3;
    line.busy_users = (team + 1) / 3;
    run_team(team, [&](std::uint32_t index) {
        if (index % 3 == 0) {
            const Leaving leaving(line.busy_makers, line.made);
            line.make();
        } else if (index % 3 == 1) {
            const Leaving leaving(line.busy_users, line.submitted);
            line.use();
        } else {
            line.finish();
        }
    });
    stage.report.value("handover", line.right);
    stage.report.check(line.right == kParcels, "Every parcel arrives with the right result.");
}

}  // namespace vgpu::programs
