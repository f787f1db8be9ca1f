// Descriptors that are none: each is refused, stays the application's, and harms nothing.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>
#include <vector>

#include "sharing/side.h"

namespace vgpu::sharing {

namespace {

constexpr VkDeviceSize kBytes = 1 << 16;
constexpr std::size_t kPage = 4096;
constexpr auto kMemory = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;

UniqueFd memfd(std::size_t bytes, bool sealed) {
    UniqueFd fd(::memfd_create("bogus", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    expect(::ftruncate(fd.get(), static_cast<off_t>(bytes)) == 0, "A memfd can be made.");
    if (sealed) ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    return fd;
}

UniqueFd garbage(std::size_t bytes, bool sealed) {
    UniqueFd fd = memfd(bytes, sealed);
    const std::vector<char> octets(bytes, '\x5a');
    expect(::pwrite(fd.get(), octets.data(), bytes, 0) == static_cast<ssize_t>(bytes), "It fills.");
    return fd;
}

// A descriptor of every kind that somebody could hand over by mistake, or on purpose.
std::vector<std::pair<std::string, UniqueFd>> bogus_descriptors() {
    std::vector<std::pair<std::string, UniqueFd>> all;
    const auto add = [&](const char* name, UniqueFd fd) { all.emplace_back(name, std::move(fd)); };
    int pipe_ends[2], sockets[2];
    expect(::pipe2(pipe_ends, O_CLOEXEC) == 0, "A pipe can be made.");
    expect(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0,
           "So can sockets.");
    add("a plain file", UniqueFd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)));
    add("a directory", UniqueFd(::open("/", O_RDONLY | O_CLOEXEC)));
    add("/dev/null", UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
    add("a pipe to read", UniqueFd(pipe_ends[0]));
    add("a pipe to write", UniqueFd(pipe_ends[1]));
    add("a socket", UniqueFd(sockets[0]));
    add("its peer", UniqueFd(sockets[1]));
    add("an eventfd", UniqueFd(::eventfd(0, EFD_CLOEXEC)));
    add("an empty memfd", memfd(0, true));
    add("a foreign memfd", garbage(kBytes + kPage, true));
    add("a foreign memfd of a page", garbage(kPage, true));
    add("a memfd that is too small", garbage(kBytes, true));
    add("a memfd that is no whole number of pages", garbage(kBytes + 100, true));
    add("a memfd that can shrink", garbage(kBytes + kPage, false));
    UniqueFd shrunk = garbage(kBytes + kPage, false);
    expect(::ftruncate(shrunk.get(), 0) == 0, "It shrinks.");
    add("a memfd that has shrunk", std::move(shrunk));
    return all;
}

VkResult import_memory(const Side& side, int fd, VkDeviceSize bytes = kBytes) {
    const VkImportMemoryFdInfoKHR import{VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, nullptr,
                                         kMemory, fd};
    VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &import};
    info.allocationSize = bytes;
    info.memoryTypeIndex = side.gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
    VkDeviceMemory memory = VK_NULL_HANDLE;
    const VkResult result = vkAllocateMemory(side.gpu.device(), &info, nullptr, &memory);
    vkFreeMemory(side.gpu.device(), memory, nullptr);
    return result;
}

UniqueFd export_memory(const Side& side) {
    const VkExportMemoryAllocateInfo exported{VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                              nullptr, kMemory};
    VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &exported};
    info.allocationSize = kBytes;
    info.memoryTypeIndex = side.gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
    const DeviceMemory memory(side.gpu.device(), info);
    const VkMemoryGetFdInfoKHR get{VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, nullptr, memory,
                                   kMemory};
    int fd = -1;
    check(side.get_memory_fd(side.gpu.device(), &get, &fd));
    return UniqueFd(fd);
}

void expect_refused(VkResult result, const std::string& what, int fd) {
    expect(result == VK_ERROR_INVALID_EXTERNAL_HANDLE,
           what + " is refused: " + result_name(result) + ".");
    expect(fd < 0 || ::fcntl(fd, F_GETFD) >= 0, what + " stays open.");
}

void offer_to_everything(const Side& side, const std::string& what, UniqueFd& fd,
                         bool is_memory = false) {
    const Semaphore binary = side.semaphore(false, 0), timeline = side.semaphore(true, 0);
    const Fence fence = side.fence(0);
    if (!is_memory) expect_refused(import_memory(side, fd.get()), what + " as memory", fd.get());
    expect_refused(side.import_semaphore(binary, fd), what + " as a semaphore", fd.get());
    expect_refused(side.import_semaphore(timeline, fd), what + " as a timeline", fd.get());
    expect_refused(side.import_fence(fence, fd), what + " as a fence", fd.get());
    if (!fd) return;  // -1 is a sync file that has signalled
    expect_refused(side.import_semaphore(binary, fd, VK_SEMAPHORE_IMPORT_TEMPORARY_BIT,
                                         VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT),
                   what + " as a semaphore's sync file", fd.get());
    expect_refused(side.import_fence(fence, fd, VK_FENCE_IMPORT_TEMPORARY_BIT,
                                     VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT),
                   what + " as a fence's sync file", fd.get());
}

void offer_bogus(const Side& side) {
    for (auto& [name, fd] : bogus_descriptors()) offer_to_everything(side, name, fd);
    UniqueFd none;
    offer_to_everything(side, "no descriptor", none);
    UniqueFd closed(::dup(1));
    UniqueFd number(closed.get());
    closed.reset();
    expect(import_memory(side, number.get()) == VK_ERROR_INVALID_EXTERNAL_HANDLE,
           "a closed descriptor is refused.");
    number.release();
}

// What is good as one thing is not as another.
void offer_mixed(const Side& side) {
    UniqueFd memory = export_memory(side);
    offer_to_everything(side, "memory", memory, true);
    expect_refused(import_memory(side, memory.get(), kBytes / 2), "memory of another size",
                   memory.get());
    const Semaphore binary = side.semaphore(false, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT);
    const Semaphore timeline =
        side.semaphore(true, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT);
    const Fence fence = side.fence(VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT);
    UniqueFd of_binary = side.export_semaphore(binary),
             of_timeline = side.export_semaphore(timeline);
    UniqueFd of_fence = side.export_fence(fence);
    expect_refused(side.import_semaphore(timeline, of_binary), "a binary semaphore as a timeline",
                   of_binary.get());
    expect_refused(side.import_semaphore(binary, of_timeline), "a timeline as a binary semaphore",
                   of_timeline.get());
    expect_refused(side.import_fence(fence, of_timeline), "a timeline as a fence",
                   of_timeline.get());
    expect_refused(side.import_semaphore(binary, of_fence), "a fence as a semaphore",
                   of_fence.get());
    expect_refused(import_memory(side, of_fence.get()), "a fence as memory", of_fence.get());
    // Its holder can write it, and so lie about it.
    UniqueFd forged = export_memory(side);
    const std::uint64_t bytes = kBytes * 4;
    if (::pwrite(forged.get(), &bytes, sizeof(bytes), kBytes + 8) == sizeof(bytes))
        expect_refused(import_memory(side, forged.get()), "memory whose size is forged",
                       forged.get());
}

void offer(const Side& side) {
    offer_bogus(side);
    offer_mixed(side);
    UniqueFd memory = export_memory(side);
    check(import_memory(side, memory.get()));
    memory.release();
    run_once(side.gpu, [](VkCommandBuffer) {});
}

}  // namespace

void add_bogus_ways(std::map<std::string, Way>& ways) {
    ways["bogus"] = {offer, nullptr};
}

}  // namespace vgpu::sharing
