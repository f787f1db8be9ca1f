// The host's instance: what the guest asked for, and what the service itself needs beside it.
#include <algorithm>
#include <vector>

#include "extensions.h"
#include "replay/names.h"
#include "replay/replay.h"
#include "replays.h"
#include "worker/gpu_identity.h"

namespace vgpu::replay {

namespace {

std::vector<VkExtensionProperties> host_extensions() {
    std::uint32_t n = 0;
    vkEnumerateInstanceExtensionProperties(nullptr, &n, nullptr);
    std::vector<VkExtensionProperties> all(n);
    vkEnumerateInstanceExtensionProperties(nullptr, &n, all.data());
    all.resize(n);
    return all;
}

// Only what is carried, and not answered in the guest, may be asked of the host.
bool may_enable(const char* name) {
    const wire::CarriedExtension* extension = wire::find_extension(name);
    return extension && extension->instance && !extension->guest;
}

std::uint32_t host_version() {
    std::uint32_t version = VK_API_VERSION_1_1;
    vkEnumerateInstanceVersion(&version);
    return std::min<std::uint32_t>(version, VK_API_VERSION_1_3);
}

// What the GPU that is served offers of the core.
std::uint32_t served_version(VkInstance instance, const worker::GpuIdentity& gpu) {
    std::uint32_t n = 0;
    if (vkEnumeratePhysicalDevices(instance, &n, nullptr) != VK_SUCCESS) return VK_API_VERSION_1_1;
    std::vector<VkPhysicalDevice> devices(n);
    if (vkEnumeratePhysicalDevices(instance, &n, devices.data()) < VK_SUCCESS)
        return VK_API_VERSION_1_1;
    for (VkPhysicalDevice device : devices) {
        if (!worker::is_same_gpu(worker::identify_gpu(instance, device), gpu)) continue;
        VkPhysicalDeviceProperties properties{};
        vkGetPhysicalDeviceProperties(device, &properties);
        return std::min(properties.apiVersion, host_version());
    }
    return VK_API_VERSION_1_1;
}

VkResult create(Replay& replay, const VkInstanceCreateInfo& asked, VkInstance& instance) {
    const std::vector<VkExtensionProperties> offered = host_extensions();
    std::vector<const char*> names;
    for (std::uint32_t i = 0; i < asked.enabledExtensionCount; ++i) {
        if (!may_enable(asked.ppEnabledExtensionNames[i])) return VK_ERROR_EXTENSION_NOT_PRESENT;
        // What the guest was offered may be of another driver, which is not loaded here: to this
        // one the loader would not pass it on.
        add_if_offered(names, offered, asked.ppEnabledExtensionNames[i]);
    }
    add_if_offered(names, offered, VK_KHR_GET_PHYSICAL_DEVICE_PROPERTIES_2_EXTENSION_NAME);
    add_if_offered(names, offered, VK_KHR_EXTERNAL_MEMORY_CAPABILITIES_EXTENSION_NAME);
    // Never to make a surface: with it the device can know VK_KHR_swapchain, and with that the
    // layout of presentable images.
    replay.state().has_surface_extension =
        add_if_offered(names, offered, VK_KHR_SURFACE_EXTENSION_NAME);

    VkApplicationInfo application{.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO};
    if (asked.pApplicationInfo) application = *asked.pApplicationInfo;
    // Commands that an extension brought before the core had them travel as the core's, and the
    // service itself uses Vulkan 1.1: what the guest's application may call, its own driver
    // decides.
    application.apiVersion = std::max(application.apiVersion, host_version());
    VkInstanceCreateInfo info{.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    info.pApplicationInfo = &application;
    info.enabledExtensionCount = static_cast<std::uint32_t>(names.size());
    info.ppEnabledExtensionNames = names.data();
    return vkCreateInstance(&info, nullptr, &instance);
}

}  // namespace

void replay_vkCreateInstance(Replay& replay, wire::Args_vkCreateInstance& args,
                             wire::Reply_vkCreateInstance& reply) {
    ContextState& state = replay.state();
    if (state.instance) return replay.fail("The guest asks for a second instance in one context.");
    VkInstance instance = VK_NULL_HANDLE;
    reply.result = create(replay, *args.pCreateInfo, instance);
    if (reply.result != VK_SUCCESS) return;
    state.instance = instance;
    const worker::GpuIdentity& gpu = replay.services().options().gpu;
    state.vk = load_host_vulkan(instance, served_version(instance, gpu), vkGetInstanceProcAddr);
    replay.insert(args.pInstance, instance);
}

void replay_vkDestroyInstance(Replay& replay, wire::Args_vkDestroyInstance& args,
                              wire::Reply_vkDestroyInstance&) {
    std::vector<wire::ObjectId> devices;
    replay.table().for_each([&](wire::Slot& slot) {
        if (slot.type == static_cast<std::uint16_t>(wire::ObjectType::Device))
            devices.push_back(slot.id.load());
    });
    if (!devices.empty())
        return replay.fail("The guest destroys an instance whose devices it still has.");
    replay.table().for_each([&](wire::Slot& slot) { replay.table().erase(slot); });
    vkDestroyInstance(args.instance, nullptr);
    replay.state().instance = VK_NULL_HANDLE;
    replay.state().vk = {};
}

void replay_vgpuEnumeratePhysicalDevices(Replay& replay,
                                         wire::Args_vgpuEnumeratePhysicalDevices& args,
                                         wire::Reply_vgpuEnumeratePhysicalDevices& reply) {
    std::uint32_t n = 0;
    reply.result = vkEnumeratePhysicalDevices(args.instance, &n, nullptr);
    if (reply.result != VK_SUCCESS) return;
    std::vector<VkPhysicalDevice> devices(n);
    reply.result = vkEnumeratePhysicalDevices(args.instance, &n, devices.data());
    if (reply.result < VK_SUCCESS) return;
    reply.result = VK_SUCCESS;

    const worker::HostOptions& options = replay.services().options();
    std::uint32_t shown = 0;
    for (VkPhysicalDevice device : devices) {
        if (shown == std::min<std::uint32_t>(args.idCount, 1)) break;
        if (!worker::is_same_gpu(worker::identify_gpu(args.instance, device), options.gpu))
            continue;
        if (!replay.insert(args.pIds[shown++], device)) return;
        VkPhysicalDeviceMemoryProperties memory{};
        replay.vk().vkGetPhysicalDeviceMemoryProperties(device, &memory);
        replay.state().memory_types.emplace(memory, options.page_type_bits,
                                            options.memory_limit_bytes);
    }
    *args.pDeviceCount = shown;
    reply.pDeviceCount = args.pDeviceCount;
}

}  // namespace vgpu::replay
