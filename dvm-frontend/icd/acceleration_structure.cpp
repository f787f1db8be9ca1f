// Builds of acceleration structures and micromaps: arrays of pointers cross as arrays.
#include <cstdint>
#include <deque>
#include <vector>

#include "entries.h"
#include "icd/command_buffer.h"
#include "icd/forward.h"
#include "wire/chain.h"

namespace vgpu::icd {

namespace {

// The builds of one command with every array in one piece. Lives on the stack of the application's
// thread; may throw std::bad_alloc.
class FlatBuilds {
  public:
    FlatBuilds(std::uint32_t count, const VkAccelerationStructureBuildGeometryInfoKHR* infos)
        : infos_(infos, infos + count) {
        for (VkAccelerationStructureBuildGeometryInfoKHR& info : infos_) {
            flatten(info);
            elements_ += info.geometryCount;
        }
    }
    const VkAccelerationStructureBuildGeometryInfoKHR* data() const { return infos_.data(); }

    // Element k of build i is parts[i][k]; all of them behind each other.
    template <typename T>
    std::vector<T> join(const T* const* parts) const {
        std::vector<T> all;
        all.reserve(elements_);
        for (std::size_t i = 0; i < infos_.size(); ++i)
            all.insert(all.end(), parts[i], parts[i] + infos_[i].geometryCount);
        return all;
    }

  private:
    using Opacity = VkAccelerationStructureTrianglesOpacityMicromapEXT;

    void flatten(VkAccelerationStructureBuildGeometryInfoKHR& info) {
        const bool scattered = info.ppGeometries != nullptr;
        if (!scattered && !has_scattered_usages(info)) return;
        std::vector<VkAccelerationStructureGeometryKHR>& all = geometries_.emplace_back();
        for (std::uint32_t i = 0; i < info.geometryCount; ++i) {
            all.push_back(scattered ? *info.ppGeometries[i] : info.pGeometries[i]);
            if (const Opacity* opacity = opacity_of(all.back())) flatten(*opacity, all.back());
        }
        info.pGeometries = all.data();
        info.ppGeometries = nullptr;
    }

    static const Opacity* opacity_of(const VkAccelerationStructureGeometryKHR& geometry) {
        if (geometry.geometryType != VK_GEOMETRY_TYPE_TRIANGLES_KHR) return nullptr;
        const auto* found = find_in_chain<Opacity>(
            geometry.geometry.triangles.pNext,
            VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_TRIANGLES_OPACITY_MICROMAP_EXT);
        return found && found->ppUsageCounts ? found : nullptr;
    }
    static bool has_scattered_usages(const VkAccelerationStructureBuildGeometryInfoKHR& info) {
        for (std::uint32_t i = 0; i < info.geometryCount; ++i)
            if (opacity_of(info.pGeometries[i])) return true;
        return false;
    }

    // Of two structures of one type in a chain the first crosses: this one.
    void flatten(const Opacity& opacity, VkAccelerationStructureGeometryKHR& geometry) {
        std::vector<VkMicromapUsageEXT>& usages = usages_.emplace_back();
        for (std::uint32_t i = 0; i < opacity.usageCountsCount; ++i)
            usages.push_back(*opacity.ppUsageCounts[i]);
        Opacity& flat = opacities_.emplace_back(opacity);
        flat.pNext = const_cast<void*>(geometry.geometry.triangles.pNext);
        flat.pUsageCounts = usages.data();
        flat.ppUsageCounts = nullptr;
        geometry.geometry.triangles.pNext = &flat;
    }

    std::vector<VkAccelerationStructureBuildGeometryInfoKHR> infos_;
    std::size_t elements_ = 0;
    // Whose elements stay where they are.
    std::deque<std::vector<VkAccelerationStructureGeometryKHR>> geometries_;
    std::deque<std::vector<VkMicromapUsageEXT>> usages_;
    std::deque<Opacity> opacities_;
};

class FlatMicromaps {
  public:
    FlatMicromaps(std::uint32_t count, const VkMicromapBuildInfoEXT* infos)
        : infos_(infos, infos + count) {
        for (VkMicromapBuildInfoEXT& info : infos_) {
            if (!info.ppUsageCounts) continue;
            std::vector<VkMicromapUsageEXT>& usages = usages_.emplace_back();
            for (std::uint32_t i = 0; i < info.usageCountsCount; ++i)
                usages.push_back(*info.ppUsageCounts[i]);
            info.pUsageCounts = usages.data();
            info.ppUsageCounts = nullptr;
        }
    }
    const VkMicromapBuildInfoEXT* data() const { return infos_.data(); }

  private:
    std::vector<VkMicromapBuildInfoEXT> infos_;
    std::deque<std::vector<VkMicromapUsageEXT>> usages_;
};

// A recording that has no memory fails at its end (vkEndCommandBuffer).
template <typename Record>
void guarded(VkCommandBuffer command_buffer, Record&& record_it) {
    try {
        record_it();
    } catch (const std::bad_alloc&) {
        object_of<CommandBuffer>(command_buffer).failed = true;
    }
}

}  // namespace

VKAPI_ATTR void VKAPI_CALL entry_vkCmdBuildAccelerationStructuresKHR(
    VkCommandBuffer commandBuffer, uint32_t infoCount,
    const VkAccelerationStructureBuildGeometryInfoKHR* pInfos,
    const VkAccelerationStructureBuildRangeInfoKHR* const* ppBuildRangeInfos) {
    guarded(commandBuffer, [&] {
        const FlatBuilds flat(infoCount, pInfos);
        const auto ranges = flat.join(ppBuildRangeInfos);
        record(commandBuffer, wire::Args_vgpuCmdBuildAccelerationStructures{
                                  .commandBuffer = commandBuffer,
                                  .infoCount = infoCount,
                                  .pInfos = flat.data(),
                                  .rangeCount = static_cast<std::uint32_t>(ranges.size()),
                                  .pRanges = ranges.data()});
    });
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdBuildAccelerationStructuresIndirectKHR(
    VkCommandBuffer commandBuffer, uint32_t infoCount,
    const VkAccelerationStructureBuildGeometryInfoKHR* pInfos,
    const VkDeviceAddress* pIndirectDeviceAddresses, const uint32_t* pIndirectStrides,
    const uint32_t* const* ppMaxPrimitiveCounts) {
    guarded(commandBuffer, [&] {
        const FlatBuilds flat(infoCount, pInfos);
        const auto most = flat.join(ppMaxPrimitiveCounts);
        record(commandBuffer, wire::Args_vgpuCmdBuildAccelerationStructuresIndirect{
                                  .commandBuffer = commandBuffer,
                                  .infoCount = infoCount,
                                  .pInfos = flat.data(),
                                  .pIndirectDeviceAddresses = pIndirectDeviceAddresses,
                                  .pIndirectStrides = pIndirectStrides,
                                  .maxCountCount = static_cast<std::uint32_t>(most.size()),
                                  .pMaxCounts = most.data()});
    });
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetAccelerationStructureBuildSizesKHR(
    VkDevice device, VkAccelerationStructureBuildTypeKHR buildType,
    const VkAccelerationStructureBuildGeometryInfoKHR* pBuildInfo,
    const uint32_t* pMaxPrimitiveCounts, VkAccelerationStructureBuildSizesInfoKHR* pSizeInfo) {
    try {
        const FlatBuilds flat(1, pBuildInfo);
        const wire::Args_vkGetAccelerationStructureBuildSizesKHR args{
            .device = device,
            .buildType = buildType,
            .pBuildInfo = flat.data(),
            .pMaxPrimitiveCounts = pMaxPrimitiveCounts,
            .pSizeInfo = pSizeInfo};
        wire::Reply_vkGetAccelerationStructureBuildSizesKHR reply{.pSizeInfo = pSizeInfo};
        if (call(context_of(device), args, reply)) return;
    } catch (const std::bad_alloc&) {
        context_of(device).mark_lost("There is no memory to ask for a build's sizes.");
    }
    clear_answer(*pSizeInfo);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdBuildMicromapsEXT(VkCommandBuffer commandBuffer,
                                                        uint32_t infoCount,
                                                        const VkMicromapBuildInfoEXT* pInfos) {
    guarded(commandBuffer, [&] {
        const FlatMicromaps flat(infoCount, pInfos);
        record(commandBuffer,
               wire::Args_vkCmdBuildMicromapsEXT{
                   .commandBuffer = commandBuffer, .infoCount = infoCount, .pInfos = flat.data()});
    });
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetMicromapBuildSizesEXT(
    VkDevice device, VkAccelerationStructureBuildTypeKHR buildType,
    const VkMicromapBuildInfoEXT* pBuildInfo, VkMicromapBuildSizesInfoEXT* pSizeInfo) {
    try {
        const FlatMicromaps flat(1, pBuildInfo);
        const wire::Args_vkGetMicromapBuildSizesEXT args{.device = device,
                                                         .buildType = buildType,
                                                         .pBuildInfo = flat.data(),
                                                         .pSizeInfo = pSizeInfo};
        wire::Reply_vkGetMicromapBuildSizesEXT reply{.pSizeInfo = pSizeInfo};
        if (call(context_of(device), args, reply)) return;
    } catch (const std::bad_alloc&) {
        context_of(device).mark_lost("There is no memory to ask for a build's sizes.");
    }
    clear_answer(*pSizeInfo);
}

}  // namespace vgpu::icd
