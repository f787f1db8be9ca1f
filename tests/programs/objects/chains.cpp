// Asks for every struct of the features and properties chains that the device can know.
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>

#include "common/error.h"
#include "fields.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

std::set<std::string> offered_extensions(VkPhysicalDevice physical) {
    std::uint32_t count = 0;
    check(vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr));
    std::vector<VkExtensionProperties> list(count);
    check(vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, list.data()));
    std::set<std::string> names;
    for (const auto& extension : list) names.insert(extension.extensionName);
    return names;
}

// A chain of zeroed structs. The storage stays where it is; the links point into it.
class Chain {
  public:
    Chain(std::span<const ChainStruct> table, const Gpu& gpu) {
        const std::set<std::string> extensions = offered_extensions(gpu.physical());
        for (const ChainStruct& entry : table) {
            const bool known = entry.needs_extension != nullptr
                                   ? extensions.count(entry.needs_extension) != 0
                                   : entry.needs_version <= gpu.api_version();
            if (known) add(entry);
        }
    }
    void* first() const { return links_.empty() ? nullptr : links_.front().storage.get(); }
    void report(Report& report) const {
        for (const Link& link : links_) {
            Hash hash;
            link.entry->add_fields(hash, link.storage.get());
            report.hash(link.entry->name, hash);
        }
    }

  private:
    struct Link {
        const ChainStruct* entry;
        std::unique_ptr<std::uint64_t[]> storage;  // aligned for any Vulkan struct
    };
    void add(const ChainStruct& entry) {
        auto storage = std::make_unique<std::uint64_t[]>((entry.size + 7) / 8);
        auto* header = reinterpret_cast<VkBaseOutStructure*>(storage.get());
        header->sType = entry.type;
        if (!links_.empty())
            reinterpret_cast<VkBaseOutStructure*>(links_.back().storage.get())->pNext = header;
        links_.push_back({&entry, std::move(storage)});
    }
    std::vector<Link> links_;
};

}  // namespace

void chains(const Stage& stage) {
    const Chain properties(kPropertyStructs, stage.gpu);
    VkPhysicalDeviceProperties2 all_properties{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                               properties.first()};
    vkGetPhysicalDeviceProperties2(stage.gpu.physical(), &all_properties);
    properties.report(stage.report);

    const Chain features(kFeatureStructs, stage.gpu);
    VkPhysicalDeviceFeatures2 all_features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                           features.first()};
    vkGetPhysicalDeviceFeatures2(stage.gpu.physical(), &all_features);
    features.report(stage.report);
    stage.report.check(std::memcmp(&all_features.features, &stage.gpu.features().all.features,
                                   sizeof(VkPhysicalDeviceFeatures)) == 0,
                       "A long chain and a short one tell of the same core features.");
}

}  // namespace vgpu::programs
