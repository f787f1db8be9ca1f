// Answers what every instance asks first.
#include "fake_gpu.h"

#include <cstring>

#include "base/check.h"
#include "entries.h"
#include "wire/chain.h"

namespace vgpu::icd::test {

VkExtensionProperties extension(const char* name, std::uint32_t version) {
    VkExtensionProperties made{};
    std::strncpy(made.extensionName, name, sizeof(made.extensionName) - 1);
    made.specVersion = version;
    return made;
}

FakeGpu::FakeGpu() {
    properties.apiVersion = VK_API_VERSION_1_3;
    std::strcpy(properties.deviceName, "GPU of a test");
    properties.limits.maxImageDimension1D = 4096;
    properties.limits.maxImageDimension2D = 4096;
    properties.limits.maxImageDimension3D = 512;
    memory.memoryTypeCount = 2;
    memory.memoryTypes[kVisible] = {
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, 0};
    memory.memoryTypes[kLocal] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 1};
    memory.memoryHeapCount = 2;
    memory.memoryHeaps[0] = {1 << 30, 0};
    memory.memoryHeaps[1] = {1 << 28, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
    families.push_back({VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT, 4, 64, {1, 1, 1}});
    extensions = {extension(VK_KHR_MAINTENANCE_4_EXTENSION_NAME, 2)};
}

void FakeGpu::answer(FakeHost& host) const {
    using namespace wire;
    host.on<Args_vgpuEnumeratePhysicalDevices, Reply_vgpuEnumeratePhysicalDevices>(
        [](const auto&, auto& reply) {
            static std::uint32_t one = 1;
            reply.pDeviceCount = &one;
        });
    host.on<Args_vkGetPhysicalDeviceProperties, Reply_vkGetPhysicalDeviceProperties>(
        [gpu = *this](const auto& args, auto& reply) {
            *args.pProperties = gpu.properties;
            reply.pProperties = args.pProperties;
        });
    host.on<Args_vkGetPhysicalDeviceProperties2, Reply_vkGetPhysicalDeviceProperties2>(
        [gpu = *this](const auto& args, auto& reply) {
            void* next = args.pProperties->pNext;
            args.pProperties->properties = gpu.properties;
            if (auto* limits = find_in_chain<VkPhysicalDeviceMaintenance4Properties>(
                    next, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES))
                limits->maxBufferSize = gpu.max_buffer_size;
            if (auto* driver = find_in_chain<VkPhysicalDeviceDriverProperties>(
                    next, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES))
                std::strcpy(driver->driverInfo, gpu.driver_info.c_str());
            reply.pProperties = args.pProperties;
        });
    host.on<Args_vkGetPhysicalDeviceMemoryProperties, Reply_vkGetPhysicalDeviceMemoryProperties>(
        [gpu = *this](const auto& args, auto& reply) {
            *args.pMemoryProperties = gpu.memory;
            reply.pMemoryProperties = args.pMemoryProperties;
        });
    host.on<Args_vkGetPhysicalDeviceQueueFamilyProperties,
            Reply_vkGetPhysicalDeviceQueueFamilyProperties>(
        [gpu = *this](const auto& args, auto& reply) {
            reply.pQueueFamilyPropertyCount = static_cast<std::uint32_t>(gpu.families.size());
            if (!args.pQueueFamilyProperties) return;
            reply.pQueueFamilyProperties = args.pQueueFamilyProperties;
            reply.pQueueFamilyProperties_count = gpu.families.size();
            std::copy(gpu.families.begin(), gpu.families.end(), args.pQueueFamilyProperties);
        });
    host.on<Args_vkEnumerateDeviceExtensionProperties, Reply_vkEnumerateDeviceExtensionProperties>(
        [gpu = *this](const auto& args, auto& reply) {
            reply.pPropertyCount = static_cast<std::uint32_t>(gpu.extensions.size());
            if (!args.pProperties) return;
            reply.pProperties = args.pProperties;
            reply.pProperties_count = gpu.extensions.size();
            std::copy(gpu.extensions.begin(), gpu.extensions.end(), args.pProperties);
        });
    host.on<Args_vkGetBufferMemoryRequirements2, Reply_vkGetBufferMemoryRequirements2>(
        [gpu = *this](const auto& args, auto& reply) {
            args.pMemoryRequirements->memoryRequirements = gpu.requirements;
            if (auto* dedicated = find_in_chain<VkMemoryDedicatedRequirements>(
                    args.pMemoryRequirements->pNext,
                    VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS))
                dedicated->prefersDedicatedAllocation = VK_TRUE;
            reply.pMemoryRequirements = args.pMemoryRequirements;
        });
}

FakeInstance::FakeInstance(const FakeGpu& fake, std::vector<const char*> extensions,
                           std::unique_ptr<FakeHost> owned)
    : host(*owned), result((fake.answer(host), open(std::move(owned), std::move(extensions)))) {
    std::uint32_t one = 1;
    if (instance) entry_vkEnumeratePhysicalDevices(instance, &one, &gpu);
}

FakeInstance::~FakeInstance() {
    entry_vkDestroyInstance(instance, nullptr);
}

VkResult FakeInstance::open(std::unique_ptr<FakeHost> owned, std::vector<const char*> extensions) {
    const VkInstanceCreateInfo info{
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .enabledExtensionCount = static_cast<std::uint32_t>(extensions.size()),
        .ppEnabledExtensionNames = extensions.data()};
    std::unique_ptr<Instance> opened;
    const VkResult opening = open_instance(std::move(owned), info, opened);
    if (opened) instance = handle_of_object<VkInstance>(*opened.release());
    return opening;
}

FakeDevice::FakeDevice(const FakeGpu& fake, std::vector<const char*> extensions)
    : FakeInstance(fake) {
    const float priorities[] = {1, 0.5};
    const VkDeviceQueueCreateInfo queues[] = {
        {VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, nullptr, 0, 0, 2, priorities},
        {VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, nullptr, VK_DEVICE_QUEUE_CREATE_PROTECTED_BIT,
         0, 1, priorities}};
    const VkDeviceCreateInfo info{
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .queueCreateInfoCount = 2,
        .pQueueCreateInfos = queues,
        .enabledExtensionCount = static_cast<std::uint32_t>(extensions.size()),
        .ppEnabledExtensionNames = extensions.data()};
    VGPU_CHECK(entry_vkCreateDevice(gpu, &info, nullptr, &device) == VK_SUCCESS);
}

FakeDevice::~FakeDevice() {
    entry_vkDestroyDevice(device, nullptr);
}

}  // namespace vgpu::icd::test
