// Keeps what a guest submits, and completes it when a test says so.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "fake_gpu.h"

namespace vgpu::icd::test {

// What came with one submit, by ids.
struct Submitted {
    struct Batch {
        std::vector<std::uint64_t> waits;
        std::vector<std::uint64_t> wait_stages;
        std::vector<std::uint64_t> wait_values;
        std::vector<std::uint32_t> wait_devices;
        std::vector<std::uint64_t> signals;
        std::vector<std::uint64_t> command_buffers;
        bool is_protected = false;
    };
    std::vector<Batch> batches;
    std::vector<VgpuStatusWrite> writes;
};

// Stands behind the queues of a FakeHost. Threads of the guest may submit meanwhile, and after it.
class Submits {
  public:
    explicit Submits(FakeHost& host);

    const Submitted& last() const {
        host_.settle();
        const std::lock_guard lock(all_->mutex);
        return all_->submits.back();
    }
    std::size_t count() const {
        host_.settle();
        const std::lock_guard lock(all_->mutex);
        return all_->submits.size();
    }
    // Completes the oldest submit that is not complete, or its next batches up to `batch`.
    void complete();
    void complete_batch(std::uint32_t batch);
    void complete_all();

  private:
    struct All {
        mutable std::mutex mutex;
        std::deque<Submitted> submits;  // mutex; what is there stays where it is
    };
    const Submitted& at(std::size_t index) const {
        host_.settle();
        const std::lock_guard lock(all_->mutex);
        return all_->submits.at(index);
    }
    void write(const VgpuStatusWrite& write);

    FakeHost& host_;
    const std::shared_ptr<All> all_ = std::make_shared<All>();
    std::size_t completed_ = 0;
};

}  // namespace vgpu::icd::test
