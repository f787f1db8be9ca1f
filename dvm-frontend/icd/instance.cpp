// Opens and closes instances, and says what there is before one is open.
#include "icd/instance.h"

#include <atomic>
#include <cstdio>
#include <span>

#include "entries.h"
#include "icd/forward.h"
#include "icd/service.h"
#include "wsi/enumerate.h"
#include "wsi/guarded.h"
#include "wsi/options.h"

namespace vgpu::icd {

namespace {

// An application may try often; one line is enough.
void say_once(const std::string& text) {
    static std::atomic<bool> said{false};
    if (!said.exchange(true)) std::fprintf(stderr, "xen-vgpu: %s\n", text.c_str());
}

// What the service offers, or nothing but the guest's own where there is none: an ICD whose
// enumeration failed would make the loader's fail, and with it every other driver's.
transport::Welcome offered_by_service() {
    if (auto welcome = query_service()) return std::move(*welcome);
    transport::Welcome nothing;
    nothing.instance_version = VK_HEADER_VERSION_COMPLETE;
    return nothing;
}

VkResult call_create(Instance& instance, const VkInstanceCreateInfo& asked) {
    const std::vector<const char*> names = names_for_host(instance.enabled);
    VkInstanceCreateInfo info = asked;
    info.enabledLayerCount = 0;
    info.ppEnabledLayerNames = nullptr;
    info.enabledExtensionCount = static_cast<std::uint32_t>(names.size());
    info.ppEnabledExtensionNames = names.data();
    instance.id = instance.connection->new_id();
    const wire::Args_vkCreateInstance args{.pCreateInfo = &info, .pInstance = instance.id};
    wire::Reply_vkCreateInstance reply{};
    if (!call(*instance.connection, args, reply)) return VK_ERROR_INITIALIZATION_FAILED;
    return reply.result;
}

VkResult call_enumerate(Instance& instance) {
    constexpr std::uint32_t kMost = 8;
    Context& context = *instance.connection;
    std::uint64_t ids[kMost];
    for (std::uint64_t& id : ids) id = context.new_id();
    std::uint32_t count = kMost;
    const wire::Args_vgpuEnumeratePhysicalDevices args{
        .instance = handle_of_object<VkInstance>(instance),
        .idCount = kMost,
        .pIds = ids,
        .pDeviceCount = &count};
    wire::Reply_vgpuEnumeratePhysicalDevices reply{.pDeviceCount = &count};
    if (!call(context, args, reply)) return VK_ERROR_INITIALIZATION_FAILED;
    if (reply.result < VK_SUCCESS) return reply.result;
    for (std::uint32_t i = 0; i < kMost; ++i) {
        if (i >= count) {
            context.recycle_id(ids[i]);
            continue;
        }
        auto device = std::make_unique<PhysicalDevice>(instance);
        device->id = ids[i];
        if (!device->load()) return VK_ERROR_INITIALIZATION_FAILED;
        instance.physical_devices.push_back(std::move(device));
    }
    return VK_SUCCESS;
}

}  // namespace

VkResult open_instance(std::unique_ptr<transport::GuestTransport> transport,
                       const VkInstanceCreateInfo& info, std::unique_ptr<Instance>& opened) {
    auto instance = std::make_unique<Instance>(std::make_unique<Context>(std::move(transport)));
    const transport::Welcome& welcome = instance->connection->welcome();
    instance->wire_match = match_wire(welcome);
    if (!instance->wire_match.refusal.empty()) {
        say_once(instance->wire_match.refusal);
        return VK_ERROR_INCOMPATIBLE_DRIVER;
    }
    if (info.pApplicationInfo && info.pApplicationInfo->apiVersion != 0)
        instance->api_version = info.pApplicationInfo->apiVersion;
    VkResult result = enable(offered_instance_extensions(welcome), info.ppEnabledExtensionNames,
                             info.enabledExtensionCount, instance->enabled);
    if (result == VK_SUCCESS) result = call_create(*instance, info);
    if (result == VK_SUCCESS) result = call_enumerate(*instance);
    if (result == VK_SUCCESS) opened = std::move(instance);
    return result;
}

Instance::Instance(std::unique_ptr<Context> connected)
    : Dispatchable(*connected),
      peer_links(connected->welcome().link_hashes),
      connection(std::move(connected)),
      pages(*connection),
      window_platform(wsi::options_from_environment()) {
    connection->set_peer_links(peer_links);
}

Instance::~Instance() = default;

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEnumerateInstanceVersion(uint32_t* pApiVersion) {
    return wsi::guarded([&] {
        const transport::Welcome welcome = offered_by_service();
        *pApiVersion = offered_version(welcome.instance_version, match_wire(welcome));
        return VK_SUCCESS;
    });
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEnumerateInstanceLayerProperties(uint32_t* pPropertyCount,
                                                                        VkLayerProperties*) {
    *pPropertyCount = 0;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEnumerateInstanceExtensionProperties(
    const char* pLayerName, uint32_t* pPropertyCount, VkExtensionProperties* pProperties) {
    if (pLayerName) return VK_ERROR_LAYER_NOT_PRESENT;
    return wsi::guarded([&] {
        const auto offered = offered_instance_extensions(offered_by_service());
        return wsi::enumerate(std::span(offered), pPropertyCount, pProperties);
    });
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateInstance(const VkInstanceCreateInfo* pCreateInfo,
                                                      const VkAllocationCallbacks*,
                                                      VkInstance* pInstance) {
    *pInstance = VK_NULL_HANDLE;
    return wsi::guarded([&] {
        std::string why_not;
        std::unique_ptr<transport::GuestTransport> transport = connect_service(why_not);
        if (!transport) {
            say_once(why_not);
            return VK_ERROR_INITIALIZATION_FAILED;
        }
        std::unique_ptr<Instance> instance;
        const VkResult result = open_instance(std::move(transport), *pCreateInfo, instance);
        if (result == VK_SUCCESS) *pInstance = handle_of_object<VkInstance>(*instance.release());
        return result;
    });
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyInstance(VkInstance instance,
                                                   const VkAllocationCallbacks*) {
    if (!instance) return;
    Context& context = context_of(instance);
    context.order_after_all_channels();
    post(context, wire::Args_vkDestroyInstance{.instance = instance});
    context.publish_all();
    delete &object_of<Instance>(instance);
}

}  // namespace vgpu::icd
