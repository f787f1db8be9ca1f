// Which extensions this ICD offers and which of them the application enabled.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extensions.h"
#include "transport/messages.h"

namespace vgpu::icd {

// The extensions that an instance or device was created with. Immutable afterwards.
class EnabledExtensions {
  public:
    void add(const wire::CarriedExtension& extension) { enabled_.push_back(&extension); }
    bool has(std::string_view name) const;
    std::span<const wire::CarriedExtension* const> all() const { return enabled_; }

  private:
    std::vector<const wire::CarriedExtension*> enabled_;
};

// How the two ends' commands compare, from their layout hashes (wire.lock).
struct WireMatch {
    // Commands of these differ or are unknown to the host: not offered.
    std::vector<std::string_view> broken_extensions;
    // The highest core version whose commands both ends have alike.
    std::uint32_t version = VK_HEADER_VERSION_COMPLETE;
    // A sentence that names a command without which nothing works; empty when all is well.
    std::string refusal;

    bool breaks(std::string_view extension) const;
};
WireMatch match_wire(const transport::Welcome& welcome);

// The highest Vulkan version that both ends know.
std::uint32_t offered_version(std::uint32_t host_version, const WireMatch& match);

// What is carried and offered by the host, and what is answered in the guest. May throw
// std::bad_alloc.
std::vector<VkExtensionProperties> offered_instance_extensions(const transport::Welcome& welcome);
std::vector<VkExtensionProperties> offered_device_extensions(
    std::span<const VkExtensionProperties> host, const WireMatch& match);

// Adds the named extensions to `enabled`; VK_ERROR_EXTENSION_NOT_PRESENT for one that is not among
// `offered`.
VkResult enable(std::span<const VkExtensionProperties> offered, const char* const* names,
                std::uint32_t count, EnabledExtensions& enabled);
// The names that the host must be told: all but those answered in the guest.
std::vector<const char*> names_for_host(const EnabledExtensions& enabled);

}  // namespace vgpu::icd
