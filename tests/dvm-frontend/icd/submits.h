// Keeps what a guest submits, and completes it when a test says so.
#pragma once

#include <cstdint>
#include <deque>
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

// Stands behind the queues of a FakeHost.
class Submits {
  public:
    explicit Submits(FakeHost& host);

    const Submitted& last() const { return all_.back(); }
    std::size_t count() const { return all_.size(); }
    // Completes the oldest submit that is not complete, or its next batches up to `batch`.
    void complete();
    void complete_batch(std::uint32_t batch);
    void complete_all();

  private:
    void write(const VgpuStatusWrite& write);

    FakeHost& host_;
    std::deque<Submitted> all_;
    std::size_t completed_ = 0;
};

}  // namespace vgpu::icd::test
