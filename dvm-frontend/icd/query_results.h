// Brings query results from the host and puts them where and how the application wants them.
#pragma once

#include <cstdint>

#include "icd/device.h"
#include "icd/query_pool.h"

namespace vgpu::icd {

// One vkGetQueryPoolResults. The host is always asked for tightly packed results with
// availability, and never to wait: bytes between the application's elements, and results that are
// not available, stay as they are. Lives on the stack of the application's thread.
class QueryResults {
  public:
    struct Target {
        std::uint32_t first;
        std::uint32_t count;
        void* data;
        VkDeviceSize stride;
        VkQueryResultFlags flags;
    };
    QueryResults(Device& device, QueryPool& pool, const Target& target)
        : device_(device), pool_(pool), target_(target) {}

    // VK_SUCCESS, VK_NOT_READY or an error.
    VkResult get();

  private:
    bool any_pending() const;
    bool all_pending() const;
    // Answers without a question what is known. False when anything of it is not.
    bool answer_known();
    template <typename Number>
    bool answer_known_as();
    VkResult get_waiting();
    // Asks the host for all results as they are now.
    VkResult ask();
    VkResult ask_part(std::uint32_t first, std::uint32_t count);
    template <typename Number>
    VkResult ask_part_as(std::uint32_t first, std::uint32_t count);
    template <typename Number>
    bool put(std::uint32_t query, const Number* numbers);
    std::uint64_t completed() const;

    Device& device_;
    QueryPool& pool_;
    const Target target_;
};

}  // namespace vgpu::icd
