// Creates instances.
#include "common/instance.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "common/error.h"

namespace vgpu::programs {

namespace {

VKAPI_ATTR VkBool32 VKAPI_CALL count_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                             VkDebugUtilsMessageTypeFlagsEXT,
                                             const VkDebugUtilsMessengerCallbackDataEXT* message,
                                             void* counter) {
    std::fprintf(stderr, "validation: %s\n", message->pMessage);
    ++*static_cast<std::atomic<std::uint32_t>*>(counter);
    return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info(std::atomic<std::uint32_t>* counter) {
    VkDebugUtilsMessengerCreateInfoEXT info{
        VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT};
    info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
    info.pfnUserCallback = count_message;
    info.pUserData = counter;
    return info;
}

}  // namespace

Instance::Instance(bool validate, std::vector<const char*> extensions) {
    const char* layer = "VK_LAYER_KHRONOS_validation";
    VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
    application.pApplicationName = "vgpu test programs";
    application.apiVersion = VK_API_VERSION_1_3;
    // The messenger in the chain hears of the instance's own creation and destruction.
    const VkDebugUtilsMessengerCreateInfoEXT listen = messenger_info(&validation_errors_);
    VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    info.pApplicationInfo = &application;
    if (validate) {
        extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
        info.pNext = &listen;
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = &layer;
    }
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    const VkResult result = vkCreateInstance(&info, nullptr, &instance_);
    if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
        throw NotOffered("The Vulkan loader finds no driver; name one in VK_DRIVER_FILES.");
    check(result);
    if (!validate) return;
    auto create = load<PFN_vkCreateDebugUtilsMessengerEXT>("vkCreateDebugUtilsMessengerEXT");
    check(create(instance_, &listen, nullptr, &messenger_));
}

Instance::~Instance() {
    if (messenger_ != VK_NULL_HANDLE)
        load<PFN_vkDestroyDebugUtilsMessengerEXT>("vkDestroyDebugUtilsMessengerEXT")(
            instance_, messenger_, nullptr);
    vkDestroyInstance(instance_, nullptr);
}

VkPhysicalDevice Instance::physical_device(std::uint32_t index) const {
    std::uint32_t count = 0;
    check(vkEnumeratePhysicalDevices(instance_, &count, nullptr));
    std::vector<VkPhysicalDevice> devices(count);
    check(vkEnumeratePhysicalDevices(instance_, &count, devices.data()));
    if (index >= count)
        throw NotOffered("There is no device " + std::to_string(index) + "; the driver has " +
                         std::to_string(count) + ".");
    return devices[index];
}

bool Instance::offers_extension(std::string_view name) {
    std::uint32_t count = 0;
    check(vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr));
    std::vector<VkExtensionProperties> extensions(count);
    check(vkEnumerateInstanceExtensionProperties(nullptr, &count, extensions.data()));
    return std::any_of(extensions.begin(), extensions.end(),
                       [&](const auto& extension) { return name == extension.extensionName; });
}

}  // namespace vgpu::programs
