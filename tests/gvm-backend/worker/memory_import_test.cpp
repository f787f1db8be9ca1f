// Guest pages as the driver's memory, both ways, with the bytes looked at on both sides.
#include "worker/memory_import.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "tests/catch.h"
#include "tests/gvm-backend/worker/gpu_fixture.h"
#include "worker/import_probe.h"

using namespace vgpu::worker;

namespace {

constexpr std::size_t kBytes = 64 << 10;

// A memfd that the guest and the worker have mapped.
class SharedRegion : public vgpu::transport::MappedRegion {
  public:
    SharedRegion() : SharedRegion(::memfd_create("test", MFD_CLOEXEC)) {}
    ~SharedRegion() override {
        ::munmap(data(), size());
        ::munmap(guest, size());
        ++destroyed;
    }
    std::uint8_t* guest;
    static inline int destroyed = 0;

  private:
    explicit SharedRegion(int fd)
        : MappedRegion(
              (must(::ftruncate(fd, kBytes) == 0 ? VK_SUCCESS : VK_NOT_READY, "memfd"), map(fd)),
              kBytes),
          guest(map(fd)) {
        ::close(fd);
    }
    static std::uint8_t* map(int fd) {
        return static_cast<std::uint8_t*>(
            ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    }
};

struct Imported {
    explicit Imported(ImportWay way)
        : gpu(way == ImportWay::HostPointer
                  ? std::vector<const char*>{VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME}
                  : std::vector<const char*>{}),
          importer(gpu.physical, gpu.device, way),
          region(std::make_shared<SharedRegion>()),
          guest(region->guest) {
        external.handleTypes = MemoryImporter::kHandleType;
        type = gpu.memory_type(VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                               VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
    }
    VkBuffer bind_buffer() {
        const VkBuffer buffer =
            gpu.make_buffer(kBytes, importer.way() == ImportWay::HostPointer ? &external : nullptr);
        must(importer.import({region->data(), kBytes, region}, type, nullptr, memory), "import");
        must(vkBindBufferMemory(gpu.device, buffer, memory->handle(), 0), "bind");
        return buffer;
    }
    void run(VkCommandBuffer commands) {
        importer.guest_to_driver();
        gpu.submit(commands);
        must(vkQueueWaitIdle(gpu.queue), "wait");
        importer.driver_to_guest();
    }

    GpuFixture gpu;
    MemoryImporter importer;
    VkExternalMemoryBufferCreateInfo external{VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
                                              nullptr, 0};
    std::uint32_t type;
    std::shared_ptr<SharedRegion> region;
    std::uint8_t* guest;
    std::unique_ptr<ImportedMemory> memory;
};

}  // namespace

TEST_CASE("the import test finds that lavapipe works on shared pages") {
    GpuFixture gpu;
    const ImportFinding finding = probe_import(gpu.physical);
    INFO(finding.text);
    CHECK(finding.page_type_bits == 1);
}

TEST_CASE("the GPU reads what the guest wrote, and the guest what the GPU wrote") {
    const ImportWay way = GENERATE(ImportWay::HostPointer, ImportWay::Copy);
    Imported imported(way);
    std::memset(imported.guest, 0x11, kBytes);
    const VkBuffer buffer = imported.bind_buffer();
    CHECK(imported.importer.mirrors() == (way == ImportWay::Copy));
    const VkCommandBuffer copy = imported.gpu.record([&](VkCommandBuffer commands) {
        const VkBufferCopy region{0, 8192, 4096};
        vkCmdCopyBuffer(commands, buffer, buffer, 1, &region);
    });
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 4096; ++i) {
            imported.guest[i] = static_cast<std::uint8_t>(i * 13 + round);
        }
        imported.guest[12288] = static_cast<std::uint8_t>(round);  // behind what the GPU writes
        imported.run(copy);
        REQUIRE(std::memcmp(imported.guest, imported.guest + 8192, 4096) == 0);
        REQUIRE(imported.guest[12288] == round);
        REQUIRE(imported.guest[4096] == 0x11);
    }
    vkDestroyBuffer(imported.gpu.device, buffer, nullptr);
    imported.memory.reset();
    CHECK_FALSE(imported.importer.mirrors());
}

TEST_CASE("what the guest writes while the GPU works is not lost by the mirror") {
    Imported imported(ImportWay::Copy);
    const VkBuffer buffer = imported.bind_buffer();
    const VkCommandBuffer fill = imported.gpu.record(
        [&](VkCommandBuffer commands) { vkCmdFillBuffer(commands, buffer, 0, 256, 0xabababab); });
    imported.importer.guest_to_driver();
    imported.gpu.submit(fill);
    imported.guest[300] = 42;
    must(vkQueueWaitIdle(imported.gpu.queue), "wait");
    imported.importer.driver_to_guest();
    CHECK(imported.guest[0] == 0xab);
    CHECK(imported.guest[255] == 0xab);
    CHECK(imported.guest[300] == 42);
    imported.importer.guest_to_driver();
    const VkCommandBuffer copy = imported.gpu.record([&](VkCommandBuffer commands) {
        const VkBufferCopy region{300, 4096, 4};
        vkCmdCopyBuffer(commands, buffer, buffer, 1, &region);
    });
    imported.run(copy);
    CHECK(imported.guest[4096] == 42);
    vkDestroyBuffer(imported.gpu.device, buffer, nullptr);
}

TEST_CASE("an import keeps its region mapped until it is freed") {
    const ImportWay way = GENERATE(ImportWay::HostPointer, ImportWay::Copy);
    Imported imported(way);
    const VkBuffer buffer = imported.bind_buffer();
    const int before = SharedRegion::destroyed;
    imported.region.reset();
    CHECK(SharedRegion::destroyed == before);
    vkDestroyBuffer(imported.gpu.device, buffer, nullptr);
    imported.memory.reset();
    CHECK(SharedRegion::destroyed == before + 1);
}

TEST_CASE("a range that is not whole pages is refused, not imported") {
    const ImportWay way = GENERATE(ImportWay::HostPointer, ImportWay::Copy);
    Imported imported(way);
    std::unique_ptr<ImportedMemory> memory;
    CHECK(imported.importer.import({imported.region->data(), 4000, imported.region}, imported.type,
                                   nullptr, memory) == VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CHECK(memory == nullptr);
}
