// Waits in the guest for what the host would wait for, and copies only what there is.
#include "icd/query_results.h"

#include <algorithm>
#include <cstring>

#include "icd/forward.h"
#include "icd/small_array.h"

namespace vgpu::icd {

namespace {

// Queries asked for at a time.
constexpr std::uint32_t kPart = 1024;
// A result may be there before its submit is complete: of so many answers without the host's word,
// the next asks the host.
constexpr std::uint32_t kUnaskedInARow = 64;
// A status stands where availability does, and is 0 when there is none (Vulkan specification,
// VkQueryResultStatusKHR).
constexpr VkQueryResultFlags kLastNumber =
    VK_QUERY_RESULT_WITH_AVAILABILITY_BIT | VK_QUERY_RESULT_WITH_STATUS_BIT_KHR;

}  // namespace

VkResult QueryResults::get() {
    Context& context = *device_.context;
    if (context.lost_now()) return VK_ERROR_DEVICE_LOST;
    if (answer_known()) return VK_SUCCESS;
    if (target_.flags & VK_QUERY_RESULT_WAIT_BIT) return get_waiting();
    constexpr VkQueryResultFlags kExact = VK_QUERY_RESULT_PARTIAL_BIT | kLastNumber;
    if (!(target_.flags & kExact) && all_pending() &&
        pool_.unasked.fetch_add(1, std::memory_order_relaxed) % (kUnaskedInARow + 1) !=
            kUnaskedInARow)
        return VK_NOT_READY;
    return ask();
}

bool QueryResults::answer_known() {
    if (!pool_.keeps_results || target_.flags & VK_QUERY_RESULT_WITH_STATUS_BIT_KHR) return false;
    return target_.flags & VK_QUERY_RESULT_64_BIT ? answer_known_as<std::uint64_t>()
                                                  : answer_known_as<std::uint32_t>();
}

template <typename Number>
bool QueryResults::answer_known_as() {
    SmallArray<Number, 32> numbers;
    if (!numbers.resize(pool_.values + 1)) return false;
    numbers[pool_.values] = 1;  // available
    for (std::uint32_t i = 0; i < target_.count; ++i) {
        if (!pool_.known.get(target_.first + i, numbers.data())) return false;
        put(i, numbers.data());
    }
    return true;
}

VkResult QueryResults::get_waiting() {
    Context& context = *device_.context;
    for (;;) {
        // Sampled before the look: what completes after it ends the wait below.
        const std::uint64_t before = completed();
        if (any_pending() && !pool_.may_stall(context)) {
            const auto news = [&] { return completed() != before; };
            if (!context.wait_until(news, std::nullopt)) return VK_ERROR_DEVICE_LOST;
            continue;
        }
        // Nobody tells when a single query is available, so the host is asked until it is. That is
        // for as long as an event is waited for, or another thread makes the submit.
        const VkResult result = ask();
        if (result != VK_NOT_READY) return result;
    }
}

bool QueryResults::any_pending() const {
    for (std::uint32_t i = 0; i < target_.count; ++i)
        if (pool_.pending(*device_.context, target_.first + i)) return true;
    return false;
}

bool QueryResults::all_pending() const {
    for (std::uint32_t i = 0; i < target_.count; ++i)
        if (!pool_.pending(*device_.context, target_.first + i)) return false;
    return true;
}

// Grows whenever a queue comes further.
std::uint64_t QueryResults::completed() const {
    std::uint64_t sum = 0;
    for (const auto& queue : device_.queues)
        sum += device_.context->status(queue->status_slot).load(std::memory_order_acquire);
    return sum;
}

VkResult QueryResults::ask() {
    VkResult result = VK_SUCCESS;
    for (std::uint32_t done = 0; done < target_.count;) {
        const std::uint32_t n = std::min(target_.count - done, kPart);
        const VkResult part = ask_part(done, n);
        if (part < VK_SUCCESS) return part;
        if (part != VK_SUCCESS) result = part;
        done += n;
    }
    return result;
}

VkResult QueryResults::ask_part(std::uint32_t first, std::uint32_t count) {
    return target_.flags & VK_QUERY_RESULT_64_BIT ? ask_part_as<std::uint64_t>(first, count)
                                                  : ask_part_as<std::uint32_t>(first, count);
}

template <typename Number>
VkResult QueryResults::ask_part_as(std::uint32_t first, std::uint32_t count) {
    const std::size_t numbers = pool_.values + 1;
    SmallArray<Number, 32> results;
    if (!results.resize(numbers * count)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    std::fill(results.begin(), results.end(), Number{0});
    // Taken first, then a look at what is pending: a submit makes its queries pending and then
    // forgets them, so that what it has not yet reset is either pending here or forgotten later.
    const std::uint64_t ticket = pool_.known.ticket();
    const bool may_keep = pool_.keeps_results && !any_pending() &&
                          !(target_.flags & VK_QUERY_RESULT_WITH_STATUS_BIT_KHR);
    VkQueryResultFlags flags = target_.flags;
    if (!(flags & kLastNumber)) flags |= VK_QUERY_RESULT_WITH_AVAILABILITY_BIT;
    // A wait wants whole results only.
    if (flags & VK_QUERY_RESULT_WAIT_BIT)
        flags &= ~(VK_QUERY_RESULT_WAIT_BIT | VK_QUERY_RESULT_PARTIAL_BIT);
    wire::Args_vkGetQueryPoolResults args{.device = handle_of_object<VkDevice>(device_),
                                          .queryPool = handle_of_object<VkQueryPool>(pool_),
                                          .firstQuery = target_.first + first,
                                          .queryCount = count,
                                          .dataSize = results.size() * sizeof(Number),
                                          .pData = results.data(),
                                          .stride = numbers * sizeof(Number),
                                          .flags = flags};
    wire::Reply_vkGetQueryPoolResults reply{};
    reply.pData = results.data();
    reply.pData_capacity = args.dataSize;
    if (!call(*device_.context, args, reply)) return VK_ERROR_DEVICE_LOST;
    if (reply.result < VK_SUCCESS) return reply.result;
    bool all = true;
    for (std::uint32_t i = 0; i < count; ++i) {
        const Number* const result = results.data() + i * numbers;
        const bool available = put(first + i, result);
        if (available && may_keep) pool_.known.keep(ticket, target_.first + first + i, result);
        all = available && all;
    }
    // With WITH_AVAILABILITY alone the answer to the application is the host's.
    if (target_.flags & VK_QUERY_RESULT_WAIT_BIT) return all ? VK_SUCCESS : VK_NOT_READY;
    return reply.result;
}

// Copies one query's numbers to the application. Whether they are available.
template <typename Number>
bool QueryResults::put(std::uint32_t query, const Number* numbers) {
    auto* to = static_cast<std::uint8_t*>(target_.data) + query * target_.stride;
    const Number available = numbers[pool_.values];
    if (available != 0 || target_.flags & VK_QUERY_RESULT_PARTIAL_BIT)
        std::memcpy(to, numbers, pool_.values * sizeof(Number));
    if (target_.flags & kLastNumber)
        std::memcpy(to + pool_.values * sizeof(Number), &available, sizeof(Number));
    return available != 0;
}

}  // namespace vgpu::icd
