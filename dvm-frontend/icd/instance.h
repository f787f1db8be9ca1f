// An instance: one connection to the service and the devices behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "icd/object.h"
#include "icd/offered_extensions.h"
#include "icd/page_pool.h"
#include "icd/physical_device.h"
#include "wire/peer_links.h"
#include "wsi/platform.h"

namespace vgpu::icd {

// Owned by the application, from vkCreateInstance to vkDestroyInstance. Immutable in between, but
// for what its members guard themselves.
struct Instance : Dispatchable {
    explicit Instance(std::unique_ptr<Context> connected);
    ~Instance();

    // Outlives the connection, which looks at it.
    wire::PeerLinks peer_links;
    std::unique_ptr<Context> connection;
    // VkApplicationInfo::apiVersion; 1.0 where the application says nothing.
    std::uint32_t api_version = VK_API_VERSION_1_0;
    EnabledExtensions enabled;
    WireMatch wire_match;
    // Guest pages for host-visible memory of all devices.
    PagePool pages;
    wsi::Platform window_platform;
    std::vector<std::unique_ptr<PhysicalDevice>> physical_devices;
};

// vkCreateInstance on a connection that is made. May throw std::bad_alloc.
VkResult open_instance(std::unique_ptr<transport::GuestTransport> transport,
                       const VkInstanceCreateInfo& info, std::unique_ptr<Instance>& opened);

}  // namespace vgpu::icd
