// Filters the host's extensions down to what both ends carry, and adds the guest's own.
#include "icd/offered_extensions.h"

#include <algorithm>
#include <cstring>

#include "commands.h"
#include "entries.h"
#include "wire/description.h"
#include "wsi/surface_entry.h"
#include "wsi/swapchain_entry.h"

namespace vgpu::icd {

namespace {

// The version that a host must have at least.
constexpr std::uint32_t kLeastVersion = VK_API_VERSION_1_1;

VkExtensionProperties property(const char* name, std::uint32_t version) {
    VkExtensionProperties made{};
    std::strncpy(made.extensionName, name, sizeof(made.extensionName) - 1);
    made.specVersion = version;
    return made;
}

// Offers neither the extensions that bring the command nor the core version, whatever name they
// know it by. False where nothing works without it.
bool go_without(const char* command, WireMatch& match) {
    const Entry* named = find_entry(command);
    if (!named) return false;
    for (const Entry& entry : kEntries) {
        if (entry.function != named->function) continue;
        for (const char* extension : entry.extensions) match.broken_extensions.push_back(extension);
        if (!entry.extensions.empty()) continue;
        if (entry.version <= kLeastVersion) return false;
        const std::uint32_t before =
            VK_MAKE_API_VERSION(0, VK_API_VERSION_MAJOR(entry.version),
                                VK_API_VERSION_MINOR(entry.version) - 1, VK_HEADER_VERSION);
        match.version = std::min(match.version, before);
    }
    return true;
}

bool contains(std::span<const VkExtensionProperties> all, const char* name) {
    return std::any_of(all.begin(), all.end(), [&](const VkExtensionProperties& e) {
        return std::strcmp(e.extensionName, name) == 0;
    });
}

// Whether the guest needs nothing of the host for it. The commands of two are the guest's, but
// whether they are there is the host's to say: by a feature, or because others build on it.
bool guest_answers(const wire::CarriedExtension& extension) {
    const std::string_view name = extension.name;
    return name != VK_EXT_PRIVATE_DATA_EXTENSION_NAME &&
           name != VK_KHR_DEFERRED_HOST_OPERATIONS_EXTENSION_NAME;
}

std::string describe_mismatch(const wire::CommandInfo& command, std::uint32_t host_hash,
                              const transport::Welcome& welcome) {
    std::string text = "The layout of the command ";
    text += command.name;
    text += host_hash == 0 ? " is not known to the service of version "
                           : " differs between this driver and the service of version ";
    text += welcome.service_version + " (this driver: " VGPU_VERSION
                                      "). Install the same version of xen-vgpu on both sides.";
    return text;
}

}  // namespace

bool EnabledExtensions::has(std::string_view name) const {
    return std::any_of(enabled_.begin(), enabled_.end(),
                       [&](const wire::CarriedExtension* e) { return e->name == name; });
}

bool WireMatch::breaks(std::string_view extension) const {
    return std::find(broken_extensions.begin(), broken_extensions.end(), extension) !=
           broken_extensions.end();
}

WireMatch match_wire(const transport::Welcome& welcome) {
    WireMatch match;
    for (const wire::CommandInfo& command : wire::kCommands) {
        if (!command.name || command.hash == 0) continue;
        const std::uint32_t host_hash = command.number < welcome.command_hashes.size()
                                            ? welcome.command_hashes[command.number]
                                            : 0;
        if (host_hash == command.hash) continue;
        if (!go_without(command.name, match) && match.refusal.empty())
            match.refusal = describe_mismatch(command, host_hash, welcome);
    }
    return match;
}

std::uint32_t offered_version(std::uint32_t host_version, const WireMatch& match) {
    return std::min(host_version, match.version);
}

std::vector<VkExtensionProperties> offered_instance_extensions(const transport::Welcome& welcome) {
    std::vector<VkExtensionProperties> offered;
    for (const VkExtensionProperties& window : wsi::instance_extensions())
        if (wire::find_extension(window.extensionName)) offered.push_back(window);
    const WireMatch match = match_wire(welcome);
    for (const transport::ExtensionEntry& host : welcome.instance_extensions) {
        const wire::CarriedExtension* carried = wire::find_extension(host.name.c_str());
        if (!carried || !carried->instance || carried->guest || match.breaks(host.name)) continue;
        if (!contains(offered, carried->name))
            offered.push_back(property(carried->name, host.spec_version));
    }
    return offered;
}

std::vector<VkExtensionProperties> offered_device_extensions(
    std::span<const VkExtensionProperties> host, const WireMatch& match) {
    std::vector<VkExtensionProperties> offered;
    for (const VkExtensionProperties& window : wsi::device_extensions())
        if (wire::find_extension(window.extensionName)) offered.push_back(window);
    for (const VkExtensionProperties& there : host) {
        // The host's bytes: ended by zero before they are looked at as a string.
        VkExtensionProperties copy = there;
        copy.extensionName[sizeof(copy.extensionName) - 1] = '\0';
        const wire::CarriedExtension* carried = wire::find_extension(copy.extensionName);
        if (!carried || carried->instance || match.breaks(carried->name)) continue;
        if (carried->guest && guest_answers(*carried)) continue;
        if (!contains(offered, carried->name))
            offered.push_back(property(carried->name, copy.specVersion));
    }
    return offered;
}

VkResult enable(std::span<const VkExtensionProperties> offered, const char* const* names,
                std::uint32_t count, EnabledExtensions& enabled) {
    for (std::uint32_t i = 0; i < count; ++i) {
        const wire::CarriedExtension* carried = wire::find_extension(names[i]);
        if (!carried || !contains(offered, names[i])) return VK_ERROR_EXTENSION_NOT_PRESENT;
        if (!enabled.has(carried->name)) enabled.add(*carried);
    }
    return VK_SUCCESS;
}

std::vector<const char*> names_for_host(const EnabledExtensions& enabled) {
    std::vector<const char*> names;
    for (const wire::CarriedExtension* extension : enabled.all())
        if (!extension->guest) names.push_back(extension->name);
    return names;
}

}  // namespace vgpu::icd
