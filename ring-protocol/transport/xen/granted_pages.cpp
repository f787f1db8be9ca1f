// gntalloc.
#include "transport/xen/granted_pages.h"

#include <fcntl.h>

extern "C" {  // which the header does not say itself
#include <xengnttab.h>
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "transport/xen/grant_device.h"

namespace vgpu::transport::xen {

std::optional<GrantedPages> GrantedPages::make(std::uint32_t domid, std::uint32_t pages) {
    xengntshr_handle* handle = ::xengntshr_open(nullptr, 0);
    if (handle == nullptr) return std::nullopt;
    GrantedPages granted;
    // The library's handle is not needed beyond; its descriptor is.
    granted.fd.reset(::fcntl(::xengntshr_fd(handle), F_DUPFD_CLOEXEC, 0));
    ::xengntshr_close(handle);
    if (!granted.fd) return std::nullopt;
    granted.refs.resize(pages);
    const int error = allocate_granted_pages(granted.fd.get(), domid, granted.refs);
    if (error == 0) return granted;
    errno = error;
    return std::nullopt;
}

void SharedPages::open() {
    handle_ = ::xengntshr_open(nullptr, 0);
}

SharedPages::SharedPages(std::uint32_t domid, std::uint32_t pages, bool writable) {
    open();
    if (handle_ == nullptr) return;
    refs_.resize(pages);
    data_ = static_cast<std::uint8_t*>(
        ::xengntshr_share_pages(handle_, domid, static_cast<int>(pages), refs_.data(), writable));
}

SharedPages SharedPages::with_notice(std::uint32_t domid, std::uint32_t alive_offset,
                                     std::uint32_t port) {
    SharedPages shared;
    shared.open();
    if (shared.handle_ == nullptr) return shared;
    shared.refs_.resize(1);
    shared.data_ = static_cast<std::uint8_t*>(::xengntshr_share_page_notify(
        shared.handle_, domid, shared.refs_.data(), 1, alive_offset, port));
    return shared;
}

SharedPages::SharedPages(SharedPages&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      refs_(std::move(other.refs_)) {}

SharedPages& SharedPages::operator=(SharedPages&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(data_, other.data_);
    std::swap(refs_, other.refs_);
    return *this;
}

SharedPages::~SharedPages() {
    if (data_ != nullptr)
        ::xengntshr_unshare(handle_, data_, static_cast<std::uint32_t>(refs_.size()));
    if (handle_ != nullptr) ::xengntshr_close(handle_);
}

Directory::Directory(std::uint32_t domid, const std::vector<std::uint32_t>& refs)
    : pages_(domid, directory_pages(refs.size()), /*writable=*/false) {
    if (pages_.data() == nullptr) return;
    auto* page = reinterpret_cast<DirectoryPage*>(pages_.data());
    for (std::size_t i = 0; i < pages_.refs().size(); ++i) {
        const std::size_t from = i * kRefsPerDirectory;
        const std::size_t count = std::min<std::size_t>(kRefsPerDirectory, refs.size() - from);
        std::copy_n(refs.begin() + static_cast<std::ptrdiff_t>(from), count, page[i].refs);
        page[i].next = i + 1 < pages_.refs().size() ? pages_.refs()[i + 1] : 0;
    }
}

}  // namespace vgpu::transport::xen
