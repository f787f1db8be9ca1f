// Makes an instance and a device by the loader.
#include "lower_driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/catch.h"

namespace vgpu::wsi::test {
namespace {

template <typename T, typename Function, typename... Arguments>
std::vector<T> all_of(Function function, Arguments... arguments) {
    std::uint32_t count = 0;
    function(arguments..., &count, nullptr);
    std::vector<T> all(count);
    function(arguments..., &count, all.data());
    return all;
}

std::vector<const char*> available(const std::vector<VkExtensionProperties>& there,
                                   std::vector<const char*> wanted) {
    std::erase_if(wanted, [&](const char* name) {
        for (const auto& extension : there) {
            if (std::strcmp(extension.extensionName, name) == 0) return false;
        }
        return true;
    });
    return wanted;
}

VKAPI_ATTR VkBool32 VKAPI_CALL count_error(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                           VkDebugUtilsMessageTypeFlagsEXT,
                                           const VkDebugUtilsMessengerCallbackDataEXT* message,
                                           void* errors) {
    std::fprintf(stderr, "%s\n", message->pMessage);
    ++*static_cast<std::atomic<int>*>(errors);
    return VK_FALSE;
}

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";

bool validates() {
    if (std::getenv("VGPU_TEST_VALIDATION") == nullptr) return false;
    for (const auto& layer : all_of<VkLayerProperties>(vkEnumerateInstanceLayerProperties)) {
        if (std::strcmp(layer.layerName, kValidationLayer) == 0) return true;
    }
    WARN("The validation layer is not installed (Debian: vulkan-validationlayers).");
    return false;
}

}  // namespace

LowerDriver::LowerDriver(Staging staging) {
    const bool validated = validates();
    make_instance(validated);
    if (validated) make_messenger();
    make_device();
    REQUIRE(load_physical_functions(driver_, instance_, vkGetInstanceProcAddr));
    REQUIRE(load_device_functions(driver_, vkGetDeviceProcAddr));
    set_hooks();
    if (staging == Staging::SharedPages) pages_ = std::make_unique<SharedPages>(driver_);
}

LowerDriver::~LowerDriver() {
    vkDeviceWaitIdle(driver_.device);
    vkDestroyDevice(driver_.device, nullptr);
    if (messenger_ != VK_NULL_HANDLE) {
        const auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
            vkGetInstanceProcAddr(instance_, "vkDestroyDebugUtilsMessengerEXT"));
        destroy(instance_, messenger_, nullptr);
    }
    vkDestroyInstance(instance_, nullptr);
    CHECK(validation_errors_ == 0);
}

void LowerDriver::make_instance(bool validated) {
    const auto there =
        all_of<VkExtensionProperties>(vkEnumerateInstanceExtensionProperties, nullptr);
    // The window system of the driver itself, to compare with.
    const auto extensions = available(there, {"VK_KHR_surface", "VK_KHR_xcb_surface",
                                              "VK_KHR_wayland_surface", "VK_EXT_debug_utils"});
    const char* const layers[] = {kValidationLayer};
    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.apiVersion = VK_API_VERSION_1_1;
    VkInstanceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;
    info.enabledLayerCount = validated ? 1 : 0;
    info.ppEnabledLayerNames = layers;
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    REQUIRE(vkCreateInstance(&info, nullptr, &instance_) == VK_SUCCESS);
}

void LowerDriver::make_messenger() {
    VkDebugUtilsMessengerCreateInfoEXT info{};
    info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
    info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
    info.pfnUserCallback = count_error;
    info.pUserData = &validation_errors_;
    const auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(instance_, "vkCreateDebugUtilsMessengerEXT"));
    REQUIRE(create(instance_, &info, nullptr, &messenger_) == VK_SUCCESS);
}

void LowerDriver::make_device() {
    const auto devices = all_of<VkPhysicalDevice>(vkEnumeratePhysicalDevices, instance_);
    REQUIRE_FALSE(devices.empty());
    driver_.physical_device = devices.front();
    for (const VkPhysicalDevice device : devices) {
        VkPhysicalDeviceProperties properties{};
        vkGetPhysicalDeviceProperties(device, &properties);
        if (properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU) driver_.physical_device = device;
    }
    const char* no_layer = nullptr;
    const auto there = all_of<VkExtensionProperties>(vkEnumerateDeviceExtensionProperties,
                                                     driver_.physical_device, no_layer);
    const auto extensions =
        available(there, {"VK_KHR_swapchain", "VK_KHR_swapchain_mutable_format",
                          "VK_KHR_image_format_list", "VK_EXT_external_memory_host"});
    const float priority = 1;
    VkDeviceQueueCreateInfo queue{};
    queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queue.queueFamilyIndex = queue_family();
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    REQUIRE(vkCreateDevice(driver_.physical_device, &info, nullptr, &driver_.device) == VK_SUCCESS);
    vkGetDeviceQueue(driver_.device, queue_family(), 0, &queue_);
}

void LowerDriver::set_hooks() {
    driver_.device_lost = [this] { return lost_.load(); };
    driver_.wait = [this](const Driver::Done& done, Driver::Deadline deadline) {
        std::unique_lock lock(mutex_);
        while (!done()) {
            if (lost_ || (deadline && std::chrono::steady_clock::now() >= *deadline)) return false;
            // Nothing tells of a fence here.
            woken_.wait_for(lock, std::chrono::milliseconds(1));
        }
        return true;
    };
    driver_.wake = [this] {
        const std::lock_guard lock(mutex_);
        woken_.notify_all();
    };
    // The tests submit from one thread only.
    driver_.signal_now = [this](VkSemaphore semaphore, VkFence fence) {
        VkSubmitInfo info{};
        info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
        info.signalSemaphoreCount = semaphore != VK_NULL_HANDLE ? 1 : 0;
        info.pSignalSemaphores = &semaphore;
        return driver_.QueueSubmit(queue_, 1, &info, fence);
    };
}

}  // namespace vgpu::wsi::test
