#include "icd/device_memory.h"

#include <cstring>

#include "entries.h"
#include "fake_gpu.h"
#include "tests/catch.h"

using namespace vgpu::icd;
using namespace vgpu;
using test::FakeDevice;
using test::FakeGpu;

namespace {

struct Fixture : FakeDevice {
    Fixture() {
        host.on<wire::Args_vgpuAllocateMemory, wire::Reply_vgpuAllocateMemory>(
            [this](const auto& args, auto& reply) {
                region = args.region;
                offset = args.offset;
                reply.result = answer;
            });
    }
    VkResult allocate(std::uint32_t type, VkDeviceSize size, VkDeviceMemory* memory) {
        const VkMemoryAllocateInfo info{.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                        .allocationSize = size,
                                        .memoryTypeIndex = type};
        return entry_vkAllocateMemory(device, &info, nullptr, memory);
    }
    std::size_t asked() const { return host.count(wire::Command::vgpuAllocateMemory); }

    VkResult answer = VK_SUCCESS;
    std::uint32_t region = 99;
    std::uint64_t offset = 99;
};

}  // namespace

TEST_CASE("memory that the application can map is pages of the guest") {
    Fixture f;
    VkDeviceMemory memory = VK_NULL_HANDLE;
    REQUIRE(f.allocate(FakeGpu::kVisible, 5000, &memory) == VK_SUCCESS);
    CHECK(f.region != 0);
    CHECK(f.offset % 4096 == 0);
    void* all = nullptr;
    void* part = nullptr;
    REQUIRE(entry_vkMapMemory(f.device, memory, 0, VK_WHOLE_SIZE, 0, &all) == VK_SUCCESS);
    std::memset(all, 0x5a, 5000);
    REQUIRE(entry_vkMapMemory(f.device, memory, 100, 10, 0, &part) == VK_SUCCESS);
    CHECK(part == static_cast<std::uint8_t*>(all) + 100);
    entry_vkUnmapMemory(f.device, memory);
    entry_vkFreeMemory(f.device, memory, nullptr);
    void* unused;
    f.allocate(FakeGpu::kVisible, 1, &memory);  // a call: the free has arrived
    CHECK(f.host.count(wire::Command::vkFreeMemory) == 1);
    CHECK(entry_vkMapMemory(f.device, memory, 0, 1, 0, &unused) == VK_SUCCESS);
    entry_vkFreeMemory(f.device, memory, nullptr);
}

TEST_CASE("memory that only the GPU sees takes no pages and cannot be mapped") {
    Fixture f;
    VkDeviceMemory memory = VK_NULL_HANDLE;
    const std::size_t regions = f.host.regions();
    REQUIRE(f.allocate(FakeGpu::kLocal, 5000, &memory) == VK_SUCCESS);
    CHECK(f.region == 0);
    CHECK(f.host.regions() == regions);
    void* mapped = &f;
    CHECK(entry_vkMapMemory(f.device, memory, 0, 1, 0, &mapped) == VK_ERROR_MEMORY_MAP_FAILED);
    CHECK(mapped == nullptr);
    CHECK_FALSE(pages_of(memory));
    entry_vkFreeMemory(f.device, memory, nullptr);
}

TEST_CASE("more than a heap holds is refused before anything crosses") {
    Fixture f;
    VkDeviceMemory memory = VK_NULL_HANDLE;
    CHECK(f.allocate(FakeGpu::kLocal, (1 << 28) + 1, &memory) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    CHECK(f.allocate(FakeGpu::kVisible, ~VkDeviceSize{0}, &memory) ==
          VK_ERROR_OUT_OF_DEVICE_MEMORY);
    CHECK(f.allocate(7, 1, &memory) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    CHECK(memory == VK_NULL_HANDLE);
    CHECK(f.asked() == 0);
}

TEST_CASE("a guest without pages is out of device memory") {
    Fixture f;
    f.host.refuses_shares = true;
    VkDeviceMemory memory = VK_NULL_HANDLE;
    CHECK(f.allocate(FakeGpu::kVisible, 4096, &memory) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    CHECK(f.asked() == 0);
}

TEST_CASE("what the host refuses is told, and the pages are free again") {
    Fixture f;
    VkDeviceMemory memory = VK_NULL_HANDLE;
    f.answer = VK_ERROR_OUT_OF_DEVICE_MEMORY;
    REQUIRE(f.allocate(FakeGpu::kVisible, 8192, &memory) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    const std::uint64_t refused_at = f.offset;
    f.answer = VK_SUCCESS;
    REQUIRE(f.allocate(FakeGpu::kVisible, 8192, &memory) == VK_SUCCESS);
    CHECK(f.offset == refused_at);
    entry_vkFreeMemory(f.device, memory, nullptr);
}

TEST_CASE("what is mapped stays mapped when the device is lost, and nothing new comes") {
    Fixture f;
    VkDeviceMemory memory = VK_NULL_HANDLE, second = VK_NULL_HANDLE;
    REQUIRE(f.allocate(FakeGpu::kVisible, 4096, &memory) == VK_SUCCESS);
    void* mapped = nullptr;
    REQUIRE(entry_vkMapMemory(f.device, memory, 0, 4096, 0, &mapped) == VK_SUCCESS);
    context_of(f.device).mark_lost();
    std::memset(mapped, 1, 4096);
    CHECK(f.allocate(FakeGpu::kVisible, 4096, &second) == VK_ERROR_DEVICE_LOST);
    CHECK(second == VK_NULL_HANDLE);
    entry_vkFreeMemory(f.device, memory, nullptr);
}

TEST_CASE("freeing nothing is nothing") {
    Fixture f;
    entry_vkFreeMemory(f.device, VK_NULL_HANDLE, nullptr);
}
