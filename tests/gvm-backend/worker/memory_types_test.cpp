// The guest's memory types for the tables of real drivers.
#include "worker/memory_types.h"

#include <initializer_list>

#include "tests/catch.h"

using vgpu::worker::GuestMemoryTypes;

namespace {

constexpr VkMemoryPropertyFlags kLocal = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags kVisible =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags kCached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
constexpr std::uint64_t kGiB = 1ull << 30;

VkPhysicalDeviceMemoryProperties table(std::initializer_list<VkMemoryType> types,
                                       std::initializer_list<VkMemoryHeap> heaps) {
    VkPhysicalDeviceMemoryProperties memory{};
    for (const VkMemoryType& type : types) memory.memoryTypes[memory.memoryTypeCount++] = type;
    for (const VkMemoryHeap& heap : heaps) memory.memoryHeaps[memory.memoryHeapCount++] = heap;
    return memory;
}

VkPhysicalDeviceMemoryProperties lavapipe() {
    return table({{kLocal | kVisible | kCached, 0}},
                 {{24 * kGiB, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT}});
}

// As NVIDIA's driver has them, in short.
VkPhysicalDeviceMemoryProperties discrete() {
    return table(
        {{0, 1}, {kLocal, 0}, {kVisible, 1}, {kVisible | kCached, 1}, {kLocal | kVisible, 2}},
        {{8 * kGiB, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT},
         {16 * kGiB, 0},
         {256 << 20, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT}});
}

VkPhysicalDeviceMemoryProperties integrated() {
    return table({{kLocal | kVisible, 0}, {kLocal | kVisible | kCached, 0}},
                 {{12 * kGiB, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT}});
}

// Vulkan: a type comes before all whose flags contain its own.
void check_order(const VkPhysicalDeviceMemoryProperties& memory) {
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
        for (std::uint32_t j = 0; j < i; ++j) {
            const VkMemoryPropertyFlags a = memory.memoryTypes[i].propertyFlags;
            const VkMemoryPropertyFlags b = memory.memoryTypes[j].propertyFlags;
            INFO("types " << j << " and " << i);
            CHECK_FALSE((a != b && (a & b) == a));
        }
    }
}

}  // namespace

TEST_CASE("of lavapipe's one type a guest sees two, the one without guest pages first") {
    const GuestMemoryTypes types(lavapipe(), 1, 64 * kGiB);
    REQUIRE(types.guest().memoryTypeCount == 2);
    CHECK(types.guest().memoryTypes[0].propertyFlags == kLocal);
    CHECK_FALSE(types.find(0)->guest_pages);
    CHECK(types.find(0)->host_index == 0);
    CHECK(types.guest().memoryTypes[1].propertyFlags == (kLocal | kVisible | kCached));
    CHECK(types.find(1)->guest_pages);
    CHECK(types.find(1)->host_index == 0);
    CHECK(types.find(2) == nullptr);
    CHECK(types.guest_type_bits(1) == 0b11);
    CHECK(types.guest_type_bits(0) == 0);
    CHECK(types.guest().memoryHeapCount == 1);
    check_order(types.guest());
}

TEST_CASE("a discrete GPU's types stay as they are, the mappable ones backed by guest pages") {
    const GuestMemoryTypes types(discrete(), 0b11100, 64 * kGiB);
    REQUIRE(types.guest().memoryTypeCount == 5);
    for (std::uint32_t i = 0; i < 5; ++i) {
        CHECK(types.guest().memoryTypes[i].propertyFlags ==
              discrete().memoryTypes[i].propertyFlags);
        CHECK(types.guest().memoryTypes[i].heapIndex == discrete().memoryTypes[i].heapIndex);
        CHECK(types.find(i)->host_index == i);
        CHECK(types.find(i)->guest_pages == (i >= 2));
    }
    CHECK(types.guest_type_bits(0b10110) == 0b10110);
}

TEST_CASE("a type that cannot be imported loses what makes it mappable, and nothing else") {
    // The GPU's own memory cannot be guest pages.
    const GuestMemoryTypes types(discrete(), 0b01100, 64 * kGiB);
    REQUIRE(types.guest().memoryTypeCount == 5);
    check_order(types.guest());
    std::uint32_t of_host_4 = 99;
    for (std::uint32_t i = 0; i < 5; ++i) {
        if (types.find(i)->host_index == 4) of_host_4 = i;
    }
    REQUIRE(of_host_4 < 5);
    CHECK(types.guest().memoryTypes[of_host_4].propertyFlags == kLocal);
    CHECK(types.guest().memoryTypes[of_host_4].heapIndex == 2);
    CHECK_FALSE(types.find(of_host_4)->guest_pages);
    CHECK(types.guest_type_bits(1u << 4) == 1u << of_host_4);
}

TEST_CASE("an integrated GPU gets a type for images that cost no guest pages") {
    const GuestMemoryTypes types(integrated(), 0b11, 64 * kGiB);
    REQUIRE(types.guest().memoryTypeCount == 3);
    CHECK(types.guest().memoryTypes[0].propertyFlags == kLocal);
    CHECK_FALSE(types.find(0)->guest_pages);
    CHECK(types.find(1)->guest_pages);
    CHECK(types.find(2)->guest_pages);
    CHECK(types.guest_type_bits(0b01) == 0b011);
    CHECK(types.guest_type_bits(0b10) == 0b100);
    check_order(types.guest());
}

TEST_CASE("flags that this service does not know stay") {
    const VkMemoryPropertyFlags amd = VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD;
    const VkMemoryPropertyFlags lazy = VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT;
    const auto host = table({{kLocal, 0}, {kLocal | lazy, 0}, {kVisible, 1}, {kVisible | amd, 1}},
                            {{kGiB, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT}, {kGiB, 0}});
    const GuestMemoryTypes types(host, 0b1100, kGiB);
    REQUIRE(types.guest().memoryTypeCount == 4);
    CHECK(types.guest().memoryTypes[1].propertyFlags == (kLocal | lazy));
    CHECK(types.guest().memoryTypes[3].propertyFlags == (kVisible | amd));
}

TEST_CASE("a heap is no larger than the context's limit") {
    const GuestMemoryTypes types(discrete(), 0b11100, kGiB);
    CHECK(types.guest().memoryHeaps[0].size == kGiB);
    CHECK(types.guest().memoryHeaps[1].size == kGiB);
    CHECK(types.guest().memoryHeaps[2].size == 256 << 20);
}

TEST_CASE("a full table of unified types gets no further one") {
    VkPhysicalDeviceMemoryProperties host = lavapipe();
    host.memoryTypeCount = VK_MAX_MEMORY_TYPES;
    for (VkMemoryType& type : host.memoryTypes) type = {kLocal | kVisible, 0};
    const GuestMemoryTypes types(host, ~0u, kGiB);
    CHECK(types.guest().memoryTypeCount == VK_MAX_MEMORY_TYPES);
}
