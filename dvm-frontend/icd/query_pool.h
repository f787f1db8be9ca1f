// A query pool as the guest knows it: which submit each of its queries waits for.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "icd/known_results.h"
#include "icd/object.h"
#include "icd/point.h"

namespace vgpu::icd {

// Owned by the application. Any thread may look at results, and submit command buffers that touch
// queries. What is known here only saves questions.
struct QueryPool : wire::GuestObject {
    // May throw std::bad_alloc.
    explicit QueryPool(const VkQueryPoolCreateInfo& info);

    // The queries change until `point` is reached.
    void submitted(std::uint32_t first, std::uint32_t n, Point point);
    bool pending(Context& context, std::uint32_t query) const {
        return !Point(touched[query].load(std::memory_order_acquire)).reached(context);
    }

    const std::uint32_t count;
    // Numbers in the result of one query, its availability left out.
    const std::uint32_t values;
    // The Point of the last submit that touches each query.
    const std::unique_ptr<std::atomic<std::uint64_t>[]> touched;
    // Of queries that nothing but a reset changes, once they are available.
    KnownResults known;
    const bool keeps_results;
    // A submit that touches queries waits for an event, perhaps one that the application sets when
    // it has the results: they may be there long before `point` is reached.
    void stalls_before(Context& context, Point point);
    bool may_stall(Context& context) const {
        return always_may_stall.load(std::memory_order_acquire) ||
               !Point(stalling.load(std::memory_order_acquire)).reached(context);
    }

    std::atomic<std::uint64_t> stalling{0};
    // Submits to several queues did so at once.
    std::atomic<bool> always_may_stall{false};
    // Answers given without the host's word.
    std::atomic<std::uint32_t> unasked{0};
};

}  // namespace vgpu::icd
