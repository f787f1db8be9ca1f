// Looks at the built library as the loader does: by its exported names.
#include <dlfcn.h>
#include <vulkan/vk_icd.h>
#include <vulkan/vulkan.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tests/catch.h"

namespace {

struct Library {
    Library() : handle(dlopen(VGPU_ICD_LIBRARY, RTLD_NOW | RTLD_LOCAL)) {
        setenv("XEN_VGPU_SOCKET", "/nonexistent/socket", 1);
        REQUIRE(handle);
    }
    ~Library() { dlclose(handle); }
    template <typename Function>
    Function find(const char* name) const {
        return reinterpret_cast<Function>(dlsym(handle, name));
    }
    void* handle;
};

}  // namespace

TEST_CASE("the loader's newest interface is agreed on, and one without our surfaces is not") {
    const Library library;
    const auto negotiate = library.find<PFN_vkNegotiateLoaderICDInterfaceVersion>(
        "vk_icdNegotiateLoaderICDInterfaceVersion");
    REQUIRE(negotiate);
    std::uint32_t version = 5;
    CHECK(negotiate(&version) == VK_SUCCESS);
    CHECK(version == 5);
    version = 99;
    CHECK(negotiate(&version) == VK_SUCCESS);
    CHECK(version == 7);
    version = 2;
    CHECK(negotiate(&version) == VK_ERROR_INCOMPATIBLE_DRIVER);
}

TEST_CASE("without a service enumerations succeed, so that other drivers go on") {
    const Library library;
    const auto enumerate = library.find<PFN_vkEnumerateInstanceExtensionProperties>(
        "vkEnumerateInstanceExtensionProperties");
    REQUIRE(enumerate);
    std::uint32_t count = 0;
    REQUIRE(enumerate(nullptr, &count, nullptr) == VK_SUCCESS);
    std::vector<VkExtensionProperties> all(count);
    CHECK(enumerate(nullptr, &count, all.data()) == VK_SUCCESS);
    CHECK(enumerate("VK_LAYER_x", &count, nullptr) == VK_ERROR_LAYER_NOT_PRESENT);
    const auto version = library.find<PFN_vkEnumerateInstanceVersion>("vkEnumerateInstanceVersion");
    std::uint32_t api = 0;
    CHECK(version(&api) == VK_SUCCESS);
    CHECK(api >= VK_API_VERSION_1_1);
}

TEST_CASE("without a service no instance is made") {
    const Library library;
    const auto create = library.find<PFN_vkCreateInstance>("vkCreateInstance");
    const VkInstanceCreateInfo info{.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    VkInstance instance = reinterpret_cast<VkInstance>(std::uintptr_t{8});
    CHECK(create(&info, nullptr, &instance) == VK_ERROR_INITIALIZATION_FAILED);
    CHECK(instance == VK_NULL_HANDLE);
}

TEST_CASE("the library's own names are not exported") {
    const Library library;
    CHECK(library.find<void*>("vk_icdGetInstanceProcAddr") != nullptr);
    CHECK(library.find<void*>("vk_icdGetPhysicalDeviceProcAddr") != nullptr);
    CHECK(library.find<void*>("vkGetInstanceProcAddr") != nullptr);
    CHECK(library.find<void*>("_ZN4vgpu3icd10find_entryEPKc") == nullptr);
}

TEST_CASE("a physical device's commands are found only with an instance") {
    const Library library;
    const auto find =
        library.find<PFN_vk_icdGetPhysicalDeviceProcAddr>("vk_icdGetPhysicalDeviceProcAddr");
    CHECK(find(VK_NULL_HANDLE, "vkGetPhysicalDeviceProperties") == nullptr);
    const auto global = library.find<PFN_vk_icdGetInstanceProcAddr>("vk_icdGetInstanceProcAddr");
    CHECK(global(VK_NULL_HANDLE, "vk_icdGetPhysicalDeviceProcAddr") != nullptr);
    CHECK(global(VK_NULL_HANDLE, "vkCreateInstance") != nullptr);
}
