// memfd, seals and mmap.
#include "transport/local/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "ring/layout.h"

namespace vgpu::transport {

namespace {
// Rings are populated, so that no page fault falls into a record; arenas are touched when used.
constexpr std::size_t kPopulateUpTo = 1 << 20;
constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
}  // namespace

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    if (this == &other) return *this;
    reset();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

bool Mapping::map(int fd, std::size_t bytes) {
    reset();
    const int flags = MAP_SHARED | (bytes <= kPopulateUpTo ? MAP_POPULATE : 0);
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (data == MAP_FAILED) return false;
    data_ = static_cast<std::uint8_t*>(data);
    size_ = bytes;
    return true;
}

void Mapping::reset() {
    if (data_ != nullptr) ::munmap(data_, size_);
    data_ = nullptr;
    size_ = 0;
}

UniqueFd make_sealed_memory(std::size_t bytes) {
    UniqueFd fd(::memfd_create("vgpu", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0 ||
        ::fcntl(fd.get(), F_ADD_SEALS, kSizeSeals) != 0)
        return {};
    return fd;
}

std::string why_not_mappable(int fd, std::uint64_t bytes) {
    char text[160] = "";
    const int seals = ::fcntl(fd, F_GET_SEALS);
    struct stat status {};
    if (seals < 0 || ::fstat(fd, &status) != 0) {
        std::snprintf(text, sizeof(text), "The shared memory is no memfd (%s).",
                      std::strerror(errno));
    } else if ((seals & F_SEAL_SHRINK) == 0) {
        std::snprintf(text, sizeof(text), "The shared memory lacks F_SEAL_SHRINK.");
    } else if (bytes == 0 || bytes % ring::kPageBytes != 0 || status.st_size < 0 ||
               bytes > static_cast<std::uint64_t>(status.st_size)) {
        std::snprintf(text, sizeof(text),
                      "The shared memory has %lld bytes, which does not fit the %llu asked for.",
                      static_cast<long long>(status.st_size),
                      static_cast<unsigned long long>(bytes));
    }
    return text;
}

bool is_eventfd(int fd) {
    char path[64];
    char target[64] = "";
    std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const ssize_t length = ::readlink(path, target, sizeof(target) - 1);
    return length > 0 && std::strcmp(target, "anon_inode:[eventfd]") == 0;
}

void ring_eventfd(int fd) {
    const std::uint64_t one = 1;
    while (::write(fd, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
}

}  // namespace vgpu::transport
