// gntdev.
#include "transport/xen/mapped_grants.h"

#include <fcntl.h>
#include <sys/mman.h>

extern "C" {  // which the headers do not say themselves
#include <xengnttab.h>
#include <xentoollog.h>
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/copy_once.h"
#include "transport/xen/grant_device.h"

namespace vgpu::transport::xen {

namespace {

// Otherwise the library writes a line to stderr for each reference that cannot be mapped, and so
// lets a guest fill the log. Who called is told by errno.
xentoollog_logger* silence() {
    static xentoollog_logger logger{
        [](xentoollog_logger*, xentoollog_level, int, const char*, const char*, va_list) {},
        nullptr, [](xentoollog_logger*) {}};
    return &logger;
}

}  // namespace

void MappedGrants::open() {
    handle_ = ::xengnttab_open(silence(), 0);
}

MappedGrants::MappedGrants(std::uint32_t domid, std::span<const std::uint32_t> refs, bool writable)
    : pages_(static_cast<std::uint32_t>(refs.size())) {
    open();
    if (handle_ == nullptr) return;
    std::vector<std::uint32_t> list(refs.begin(), refs.end());
    data_ = static_cast<std::uint8_t*>(::xengnttab_map_domain_grant_refs(
        handle_, pages_, domid, list.data(), writable ? PROT_READ | PROT_WRITE : PROT_READ));
}

MappedGrants MappedGrants::with_notice(std::uint32_t domid, std::uint32_t ref,
                                       std::uint32_t alive_offset, std::uint32_t port) {
    MappedGrants mapped;
    mapped.open();
    if (mapped.handle_ == nullptr) return mapped;
    mapped.pages_ = 1;
    mapped.data_ = static_cast<std::uint8_t*>(::xengnttab_map_grant_ref_notify(
        mapped.handle_, domid, ref, PROT_READ | PROT_WRITE, alive_offset, port));
    return mapped;
}

MappedGrants::MappedGrants(MappedGrants&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      pages_(std::exchange(other.pages_, 0)) {}

MappedGrants& MappedGrants::operator=(MappedGrants&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(data_, other.data_);
    std::swap(pages_, other.pages_);
    return *this;
}

MappedGrants::~MappedGrants() {
    if (data_ != nullptr) ::xengnttab_unmap(handle_, data_, pages_);
    if (handle_ != nullptr) ::xengnttab_close(handle_);
}

std::variant<std::vector<std::uint32_t>, std::string> read_directory(std::uint32_t domid,
                                                                     std::uint32_t first,
                                                                     std::uint64_t pages) {
    if (pages == 0 || pages > kMaxRegionPages)
        return "A region of " + std::to_string(pages) + " pages is not between 1 and " +
               std::to_string(kMaxRegionPages) + ".";
    std::vector<std::uint32_t> refs;
    refs.reserve(pages);
    DirectoryPage page;
    for (std::uint32_t next = first; refs.size() < pages; next = page.next) {
        // Reference 0 is Xen's own, and so the chain's end.
        if (next == 0)
            return "The directory ends after " + std::to_string(refs.size()) + " of " +
                   std::to_string(pages) + " pages.";
        const MappedGrants mapped(domid, std::span(&next, 1), /*writable=*/false);
        if (mapped.data() == nullptr)
            return "The directory page " + std::to_string(next) +
                   " cannot be mapped: " + std::strerror(errno) + ".";
        copy_once(&page, mapped.data(), sizeof(page));
        const std::size_t count = std::min<std::size_t>(kRefsPerDirectory, pages - refs.size());
        refs.insert(refs.end(), page.refs, page.refs + count);
    }
    return refs;
}

std::variant<UniqueFd, std::string> prepare_region(std::uint32_t domid,
                                                   std::span<const std::uint32_t> refs) {
    xengnttab_handle* handle = ::xengnttab_open(silence(), 0);
    if (handle == nullptr)
        return std::string("The grant device cannot be opened: ") + std::strerror(errno) + ".";
    // A copy outlives the library's handle, and with it what is prepared.
    UniqueFd fd(::fcntl(::xengnttab_fd(handle), F_DUPFD_CLOEXEC, 0));
    ::xengnttab_close(handle);
    if (!fd) return std::string("No descriptor is left: ") + std::strerror(errno) + ".";
    const int error = prepare_grant_mapping(fd.get(), domid, refs);
    if (error != 0)
        return "Mapping " + std::to_string(refs.size()) +
               " granted pages cannot be prepared: " + std::strerror(error) + ".";
    return fd;
}

}  // namespace vgpu::transport::xen
