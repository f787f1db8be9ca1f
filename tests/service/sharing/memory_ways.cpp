// Memory that one process writes and the other reads.
#include <cstring>
#include <vector>

#include "sharing/side.h"

namespace vgpu::sharing {

namespace {

constexpr VkDeviceSize kBytes = 3 << 20;
constexpr std::uint32_t kValue = 0x5eed'0001;
constexpr VkExtent2D kExtent{97, 61};
constexpr auto kOpaque = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
constexpr auto kOpaqueSemaphore = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT;

Buffer shared_buffer(const Gpu& gpu) {
    const VkExternalMemoryBufferCreateInfo external{
        VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO, nullptr, kOpaque};
    VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, &external};
    info.size = kBytes;
    info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT |
                 VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
    return Buffer(gpu.device(), info);
}

Image shared_image(const Gpu& gpu, VkImageTiling tiling) {
    const VkExternalMemoryImageCreateInfo external{
        VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, nullptr, kOpaque};
    VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, &external};
    info.imageType = VK_IMAGE_TYPE_2D;
    info.format = VK_FORMAT_R8G8B8A8_UNORM;
    info.extent = {kExtent.width, kExtent.height, 1};
    info.mipLevels = info.arrayLayers = 1;
    info.samples = VK_SAMPLE_COUNT_1_BIT;
    info.tiling = tiling;
    info.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    return Image(gpu.device(), info);
}

// Memory for these requirements: exported, or imported where a descriptor is given, which it takes.
DeviceMemory allocate(const Gpu& gpu, const VkMemoryRequirements& needs, UniqueFd* imported) {
    VkExportMemoryAllocateInfo exported{VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, nullptr,
                                        kOpaque};
    VkImportMemoryFdInfoKHR import{VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, nullptr, kOpaque,
                                   imported ? imported->get() : -1};
    VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                              imported ? static_cast<const void*>(&import) : &exported};
    info.allocationSize = needs.size;
    info.memoryTypeIndex = gpu.memory_type(needs.memoryTypeBits, 0);
    DeviceMemory memory(gpu.device(), info);
    if (imported) imported->release();
    return memory;
}

UniqueFd export_memory(const Side& side, VkDeviceMemory memory) {
    const VkMemoryGetFdInfoKHR info{VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, nullptr, memory,
                                    kOpaque};
    int fd = -1;
    check(side.get_memory_fd(side.gpu.device(), &info, &fd));
    return UniqueFd(fd);
}

VkMemoryRequirements needs_of(const Gpu& gpu, VkBuffer buffer) {
    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(gpu.device(), buffer, &needs);
    return needs;
}

VkMemoryRequirements needs_of(const Gpu& gpu, VkImage image) {
    VkMemoryRequirements needs;
    vkGetImageMemoryRequirements(gpu.device(), image, &needs);
    return needs;
}

// A buffer with memory, of this process or of the other one.
struct SharedBuffer {
    DeviceMemory memory;  // first, so that it is freed last
    Buffer buffer;
};
SharedBuffer make_buffer(const Gpu& gpu, UniqueFd* imported) {
    Buffer buffer = shared_buffer(gpu);
    DeviceMemory memory = allocate(gpu, needs_of(gpu, buffer), imported);
    check(vkBindBufferMemory(gpu.device(), buffer, memory, 0));
    return {std::move(memory), std::move(buffer)};
}

VkCommandBuffer fill(const Commands& commands, VkBuffer buffer, std::uint32_t value) {
    const VkCommandBuffer recorded = commands.allocate();
    begin(recorded);
    vkCmdFillBuffer(recorded, buffer, 0, VK_WHOLE_SIZE, value);
    memory_barrier(recorded, kCopyTarget, kHostRead);
    check(vkEndCommandBuffer(recorded));
    return recorded;
}

void expect_filled(const Gpu& gpu, VkBuffer buffer, std::uint32_t value) {
    const std::vector<std::byte> octets = read_buffer(gpu, buffer, kBytes);
    std::vector<std::uint32_t> words(kBytes / 4);
    std::memcpy(words.data(), octets.data(), kBytes);
    for (const std::uint32_t word : words)
        expect(word == value, "The other process's device reads what this one's wrote.");
}

// The owner's device fills the memory; the other one's waits for that on its queue, and answers.
void write_memory(const Side& side) {
    const SharedBuffer shared = make_buffer(side.gpu, nullptr);
    const Semaphore written = side.semaphore(false, kOpaqueSemaphore);
    const Semaphore answered = side.semaphore(false, kOpaqueSemaphore);
    side.peer.send_fd(export_memory(side, shared.memory));
    side.peer.send_fd(side.export_semaphore(written));
    side.peer.send_fd(side.export_semaphore(answered));
    const Commands commands(side.gpu);
    for (std::uint32_t round = 0; round < 10; ++round) {
        const VkCommandBuffer work = fill(commands, shared.buffer, kValue + round);
        check(side.submit({.commands = work, .signal = written}));
        side.peer.meet();  // submitted, as a binary semaphore's signal must be before its wait
        side.peer.meet();  // and so for the answer
        check(side.submit({.wait = answered}));
        side.idle();
        expect_filled(side.gpu, shared.buffer, ~(kValue + round));
    }
}

void read_memory(const Side& side) {
    UniqueFd memory = side.peer.receive_fd();
    UniqueFd semaphores[] = {side.peer.receive_fd(), side.peer.receive_fd()};
    const SharedBuffer shared = make_buffer(side.gpu, &memory);
    const Semaphore written = side.semaphore(false, 0), answered = side.semaphore(false, 0);
    check(side.import_semaphore(written, semaphores[0]));
    check(side.import_semaphore(answered, semaphores[1]));
    const Commands commands(side.gpu);
    for (std::uint32_t round = 0; round < 10; ++round) {
        side.peer.meet();
        check(side.submit({.wait = written}));
        expect_filled(side.gpu, shared.buffer, kValue + round);
        const VkCommandBuffer work = fill(commands, shared.buffer, ~(kValue + round));
        check(side.submit({.commands = work, .signal = answered}));
        side.peer.meet();
    }
    side.idle();
}

// What the owner's processor writes after the export, the other one's device and processor read.
void map_memory(const Side& side) {
    UniqueFd fd;
    {
        const SharedBuffer shared = make_buffer(side.gpu, nullptr);
        void* mapped = nullptr;
        check(vkMapMemory(side.gpu.device(), shared.memory, 0, VK_WHOLE_SIZE, 0, &mapped));
        fd = export_memory(side, shared.memory);
        std::vector<std::uint32_t> words(kBytes / 4, kValue);
        std::memcpy(mapped, words.data(), kBytes);
    }
    // The memory lives by its descriptor alone now.
    side.peer.send_fd(fd);
    fd.reset();
    side.peer.meet();
}

void look_at_memory(const Side& side) {
    UniqueFd fd = side.peer.receive_fd();
    const SharedBuffer shared = make_buffer(side.gpu, &fd);
    side.peer.meet();
    void* mapped = nullptr;
    check(vkMapMemory(side.gpu.device(), shared.memory, 0, VK_WHOLE_SIZE, 0, &mapped));
    std::uint32_t word;
    std::memcpy(&word, static_cast<std::byte*>(mapped) + kBytes - 4, sizeof(word));
    expect(word == kValue, "The memory outlives its first owner's allocation.");
    expect_filled(side.gpu, shared.buffer, kValue);
    // And is exported again.
    const UniqueFd again = export_memory(side, shared.memory);
    expect(static_cast<bool>(again), "Imported memory can be exported.");
}

constexpr VkImageSubresourceRange kAll{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};

// From one owner to the next: between queue families, or into the layout that all copy in.
void hand_over(VkCommandBuffer commands, VkImage image, VkImageLayout before, std::uint32_t from,
               std::uint32_t to) {
    VkImageMemoryBarrier barrier{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER};
    barrier.srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    barrier.oldLayout = before;
    barrier.newLayout = VK_IMAGE_LAYOUT_GENERAL;
    barrier.srcQueueFamilyIndex = from;
    barrier.dstQueueFamilyIndex = to;
    barrier.image = image;
    barrier.subresourceRange = kAll;
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
                         VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, nullptr, 0, nullptr, 1,
                         &barrier);
}

void clear(const Gpu& gpu, VkImage image) {
    run_once(gpu, [&](VkCommandBuffer commands) {
        hand_over(commands, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_QUEUE_FAMILY_IGNORED,
                  VK_QUEUE_FAMILY_IGNORED);
        const VkClearColorValue color{{0.25f, 0.5f, 0.75f, 1}};
        vkCmdClearColorImage(commands, image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &kAll);
        hand_over(commands, image, VK_IMAGE_LAYOUT_GENERAL, gpu.family(), VK_QUEUE_FAMILY_EXTERNAL);
    });
}

void draw_image(const Side& side) {
    for (const VkImageTiling tiling : {VK_IMAGE_TILING_LINEAR, VK_IMAGE_TILING_OPTIMAL}) {
        DeviceMemory memory;
        const Image image = shared_image(side.gpu, tiling);
        memory = allocate(side.gpu, needs_of(side.gpu, image), nullptr);
        check(vkBindImageMemory(side.gpu.device(), image, memory, 0));
        clear(side.gpu, image);
        side.peer.send_fd(export_memory(side, memory));
        side.peer.meet();
    }
}

void show_image(const Side& side) {
    for (const VkImageTiling tiling : {VK_IMAGE_TILING_LINEAR, VK_IMAGE_TILING_OPTIMAL}) {
        UniqueFd fd = side.peer.receive_fd();
        DeviceMemory memory;
        const Image image = shared_image(side.gpu, tiling);
        memory = allocate(side.gpu, needs_of(side.gpu, image), &fd);
        check(vkBindImageMemory(side.gpu.device(), image, memory, 0));
        const BoundBuffer copy(side.gpu, VkDeviceSize{4} * kExtent.width * kExtent.height,
                               VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack);
        run_once(side.gpu, [&](VkCommandBuffer commands) {
            hand_over(commands, image, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_EXTERNAL,
                      side.gpu.family());
            VkBufferImageCopy region{};
            region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
            region.imageExtent = {kExtent.width, kExtent.height, 1};
            vkCmdCopyImageToBuffer(commands, image, VK_IMAGE_LAYOUT_GENERAL, copy, 1, &region);
            memory_barrier(commands, kCopyTarget, kHostRead);
        });
        for (const std::uint32_t pixel : copy.as<std::uint32_t>())
            expect(pixel == 0xffbf8040, "A shared image has the other process's pixels.");
        side.peer.meet();
    }
}

}  // namespace

void add_memory_ways(std::map<std::string, Way>& ways) {
    ways["memory"] = {write_memory, read_memory};
    ways["mapped"] = {map_memory, look_at_memory};
    ways["image"] = {draw_image, show_image};
}

}  // namespace vgpu::sharing
