// Calibrated timestamps: the device's clock beside the guest's own, whatever the host's says.
#include <ctime>
#include <vector>

#include "entries.h"
#include "icd/forward.h"
#include "icd/physical_device.h"
#include "wsi/enumerate.h"

namespace vgpu::icd {

namespace {

std::uint64_t now(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

// The clock of a domain, or -1 for one that is not the guest's.
clockid_t clock_of(VkTimeDomainEXT domain) {
    switch (domain) {
        case VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT:
            return CLOCK_MONOTONIC;
        case VK_TIME_DOMAIN_CLOCK_MONOTONIC_RAW_EXT:
            return CLOCK_MONOTONIC_RAW;
        default:
            return -1;
    }
}

// The host's answer for the device's clock alone. `deviation` is in nanoseconds.
VkResult call_device_clock(VkDevice device, std::uint64_t& time, std::uint64_t& deviation) {
    const VkCalibratedTimestampInfoEXT info{
        .sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT,
        .timeDomain = VK_TIME_DOMAIN_DEVICE_EXT};
    const wire::Args_vkGetCalibratedTimestampsEXT args{.device = device,
                                                       .timestampCount = 1,
                                                       .pTimestampInfos = &info,
                                                       .pTimestamps = &time,
                                                       .pMaxDeviation = &deviation};
    wire::Reply_vkGetCalibratedTimestampsEXT reply{};
    reply.pTimestamps = &time;
    reply.pTimestamps_capacity = 1;
    reply.pMaxDeviation = &deviation;
    if (!call(context_of(device), args, reply)) return VK_ERROR_DEVICE_LOST;
    return reply.result;
}

bool call_has_device_clock(VkPhysicalDevice device) {
    VkTimeDomainEXT domains[16];
    const wire::Args_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT args{
        .physicalDevice = device, .pTimeDomainCount = 16, .pTimeDomains = domains};
    wire::Reply_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT reply{};
    reply.pTimeDomains = domains;
    reply.pTimeDomains_capacity = 16;
    if (!call(context_of(device), args, reply) || reply.result < VK_SUCCESS) return false;
    for (std::uint32_t i = 0; i < reply.pTimeDomainCount && i < 16; ++i)
        if (domains[i] == VK_TIME_DOMAIN_DEVICE_EXT) return true;
    return false;
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT(
    VkPhysicalDevice physicalDevice, uint32_t* pTimeDomainCount, VkTimeDomainEXT* pTimeDomains) {
    constexpr VkTimeDomainEXT kAll[] = {VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT,
                                        VK_TIME_DOMAIN_CLOCK_MONOTONIC_RAW_EXT,
                                        VK_TIME_DOMAIN_DEVICE_EXT};
    const std::size_t n = call_has_device_clock(physicalDevice) ? 3 : 2;
    return wsi::enumerate(std::span(kAll, n), pTimeDomainCount, pTimeDomains);
}

// Each of the guest's clocks is read before and after the host is asked, and told as of the middle:
// the device's clock was read between the two, which is what the deviation says.
VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetCalibratedTimestampsEXT(
    VkDevice device, uint32_t timestampCount, const VkCalibratedTimestampInfoEXT* pTimestampInfos,
    uint64_t* pTimestamps, uint64_t* pMaxDeviation) {
    *pMaxDeviation = 0;
    const std::uint64_t begin = now(CLOCK_MONOTONIC_RAW);
    bool wants_device = false;
    for (std::uint32_t i = 0; i < timestampCount; ++i) {
        const clockid_t clock = clock_of(pTimestampInfos[i].timeDomain);
        wants_device |= pTimestampInfos[i].timeDomain == VK_TIME_DOMAIN_DEVICE_EXT;
        pTimestamps[i] = clock == -1 ? 0 : now(clock);
    }
    std::uint64_t device_time = 0, device_deviation = 0;
    if (wants_device) {
        const VkResult result = call_device_clock(device, device_time, device_deviation);
        if (result < VK_SUCCESS) return result;
    }
    for (std::uint32_t i = 0; i < timestampCount; ++i) {
        const clockid_t clock = clock_of(pTimestampInfos[i].timeDomain);
        if (clock != -1)
            pTimestamps[i] += (now(clock) - pTimestamps[i]) / 2;
        else if (pTimestampInfos[i].timeDomain == VK_TIME_DOMAIN_DEVICE_EXT)
            pTimestamps[i] = device_time;
    }
    *pMaxDeviation = now(CLOCK_MONOTONIC_RAW) - begin + device_deviation;
    return VK_SUCCESS;
}

}  // namespace vgpu::icd
