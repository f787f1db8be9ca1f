// The functions of xengnttab.h and of grant_device.h over the table of grants.
#include "xen-fake/fake_grants.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <vector>

extern "C" {
#include <xengnttab.h>
}

#include "base/check.h"
#include "ring/layout.h"
#include "transport/xen/grant_device.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_state.h"
#include "xen-fake/grant_table.h"

struct xengntdev_handle {
    unsigned domain = 0;
    vgpu::UniqueFd fd;
};

namespace vgpu::fake {

namespace {

constexpr std::size_t kPage = ring::kPageBytes;

int switched_failure(const char* function) {
    const std::lock_guard lock(state().mutex);
    return state().running ? failure_of(state(), function, "") : 0;
}

xengntdev_handle* open_device(const char* function, const char* kind) {
    errno = switched_failure(function);
    if (errno != 0) return nullptr;
    UniqueFd fd = new_memory(kind, current_domain());
    return fd ? new xengntdev_handle{current_domain(), std::move(fd)} : nullptr;
}

void* failed(int error) {
    errno = error;
    return nullptr;
}

// Shares pages that have a descriptor of nobody's: only their mapping keeps them.
void* share(const xengntdev_handle& handle, unsigned to, bool writable,
            std::span<std::uint32_t> refs) {
    const UniqueFd memory = new_memory("shared", handle.domain);
    const std::lock_guard lock(grant_table().mutex);
    if (const int error = grant_table().grant(handle.domain, memory.get(), to, writable, refs))
        return failed(error);
    void* address =
        ::mmap(nullptr, refs.size() * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
    VGPU_CHECK(address != MAP_FAILED);
    grant_table().mappings[address] = {handle.domain, 0, nullptr, 0};
    return address;
}

void* map(const xengntdev_handle& handle, unsigned granter, std::span<const std::uint32_t> refs,
          int protection) {
    const std::lock_guard lock(grant_table().mutex);
    std::vector<const Grant*> grants;
    for (const std::uint32_t ref : refs) {
        grants.push_back(
            grant_table().find(granter, ref, handle.domain, (protection & PROT_WRITE) != 0));
        if (grants.back() == nullptr) return failed(EINVAL);
    }
    auto* address = static_cast<std::uint8_t*>(
        ::mmap(nullptr, refs.size() * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (std::size_t i = 0; i < grants.size(); ++i) {
        const UniqueFd file = grants[i]->file->open();
        VGPU_CHECK(::mmap(address + i * kPage, kPage, protection, MAP_SHARED | MAP_FIXED,
                          file.get(), static_cast<off_t>(grants[i]->page * kPage)) != MAP_FAILED);
    }
    grant_table().mappings[address] = {handle.domain, refs.size(), nullptr, 0};
    return address;
}

void set_notice(void* address, std::uint32_t offset, std::uint32_t port) {
    const std::lock_guard lock(grant_table().mutex);
    MadeMapping& mapping = grant_table().mappings.at(address);
    mapping.alive = static_cast<std::uint8_t*>(address) + offset;
    mapping.port = port;
}

int unmap(void* address, std::size_t pages) {
    const std::lock_guard lock(grant_table().mutex);
    const auto found = grant_table().mappings.find(address);
    if (found == grant_table().mappings.end()) {
        errno = EINVAL;
        return -1;
    }
    const MadeMapping mapping = found->second;
    grant_table().mappings.erase(found);
    if (mapping.alive != nullptr && !is_silent(mapping.domain)) {
        *mapping.alive = 0;
        ring_port(mapping.domain, mapping.port);
    }
    return ::munmap(address, pages * kPage);
}

// Whether the grants are the first pages of one file, in order.
bool lie_in_order(const std::vector<const Grant*>& grants) {
    for (std::size_t i = 0; i < grants.size(); ++i) {
        if (grants[i]->file != grants[0]->file || grants[i]->page != i) return false;
    }
    return true;
}

// What mmap() gives for this list: the pages; for a list in disorder other pages, since one memfd
// cannot show them; for a reference that is not granted nothing.
UniqueFd mappable(unsigned domain, unsigned granter, std::span<const std::uint32_t> refs) {
    std::vector<const Grant*> grants;
    for (const std::uint32_t ref : refs) {
        grants.push_back(grant_table().find(granter, ref, domain, true));
        if (grants.back() == nullptr) return UniqueFd(::eventfd(0, EFD_CLOEXEC));
    }
    if (lie_in_order(grants)) return grants[0]->file->open();
    UniqueFd other = new_memory("disorder", domain);
    VGPU_CHECK(::ftruncate(other.get(), static_cast<off_t>(refs.size() * kPage)) == 0);
    return other;
}

}  // namespace

void reset_grants() {
    {
        const std::lock_guard lock(grant_table().mutex);
        grant_table().clear();
    }
    reset_event_channels();
}

std::size_t granted_pages(unsigned domain) {
    return granted_refs(domain).size();
}

std::vector<std::uint32_t> granted_refs(unsigned domain) {
    const std::lock_guard lock(grant_table().mutex);
    return grant_table().refs_of(domain);
}

std::size_t mapped_pages(unsigned domain) {
    const std::lock_guard lock(grant_table().mutex);
    std::size_t pages = 0;
    for (const auto& [address, mapping] : grant_table().mappings) {
        if (mapping.domain == domain) pages += mapping.pages;
    }
    return pages;
}

void set_gntalloc_limit(unsigned domain, std::size_t pages) {
    const std::lock_guard lock(grant_table().mutex);
    grant_table().limits[domain] = pages;
}

void revoke(unsigned domain, std::uint32_t ref) {
    const std::lock_guard lock(grant_table().mutex);
    grant_table().revoke(domain, ref);
}

}  // namespace vgpu::fake

using namespace vgpu::fake;

extern "C" {

xengntshr_handle* xengntshr_open(xentoollog_logger*, unsigned) {
    return open_device("xengntshr_open", "gntalloc");
}
int xengntshr_close(xengntshr_handle* handle) {
    delete handle;
    return 0;
}
int xengntshr_fd(xengntshr_handle* handle) {
    return handle->fd.get();
}

void* xengntshr_share_pages(xengntshr_handle* handle, uint32_t domid, int count, uint32_t* refs,
                            int writable) {
    if (const int error = switched_failure("xengntshr_share_pages")) return failed(error);
    return share(*handle, domid, writable != 0, std::span(refs, static_cast<std::size_t>(count)));
}

void* xengntshr_share_page_notify(xengntshr_handle* handle, uint32_t domid, uint32_t* ref,
                                  int writable, uint32_t notify_offset, evtchn_port_t notify_port) {
    if (const int error = switched_failure("xengntshr_share_page_notify")) return failed(error);
    void* address = share(*handle, domid, writable != 0, std::span(ref, 1));
    if (address != nullptr) set_notice(address, notify_offset, notify_port);
    return address;
}

int xengntshr_unshare(xengntshr_handle*, void* address, uint32_t count) {
    return unmap(address, count);
}

xengnttab_handle* xengnttab_open(xentoollog_logger*, unsigned) {
    return open_device("xengnttab_open", "gntdev");
}
int xengnttab_close(xengnttab_handle* handle) {
    delete handle;
    return 0;
}
int xengnttab_fd(xengnttab_handle* handle) {
    return handle->fd.get();
}

void* xengnttab_map_grant_ref(xengnttab_handle* handle, uint32_t domid, uint32_t ref, int prot) {
    return xengnttab_map_domain_grant_refs(handle, 1, domid, &ref, prot);
}

void* xengnttab_map_domain_grant_refs(xengnttab_handle* handle, uint32_t count, uint32_t domid,
                                      uint32_t* refs, int prot) {
    if (const int error = switched_failure("xengnttab_map_domain_grant_refs")) return failed(error);
    return map(*handle, domid, std::span(refs, count), prot);
}

void* xengnttab_map_grant_ref_notify(xengnttab_handle* handle, uint32_t domid, uint32_t ref,
                                     int prot, uint32_t notify_offset, evtchn_port_t notify_port) {
    if (const int error = switched_failure("xengnttab_map_grant_ref_notify")) return failed(error);
    void* address = map(*handle, domid, std::span(&ref, 1), prot);
    if (address != nullptr) set_notice(address, notify_offset, notify_port);
    return address;
}

int xengnttab_unmap(xengnttab_handle*, void* address, uint32_t count) {
    return unmap(address, count);
}

}  // extern "C"

namespace vgpu::transport::xen {

int allocate_granted_pages(int gntalloc, std::uint32_t domid, std::span<std::uint32_t> refs) {
    if (const int error = switched_failure("allocate_granted_pages")) return error;
    const int domain = domain_of(gntalloc, "gntalloc");
    if (domain < 0) return ENOTTY;
    if (::lseek(gntalloc, 0, SEEK_END) != 0) return EBUSY;  // not a fresh descriptor
    const std::lock_guard lock(grant_table().mutex);
    return grant_table().grant(static_cast<unsigned>(domain), gntalloc, domid, true, refs);
}

int prepare_grant_mapping(int gntdev, std::uint32_t domid, std::span<const std::uint32_t> refs) {
    if (const int error = switched_failure("prepare_grant_mapping")) return error;
    const int domain = domain_of(gntdev, "gntdev");
    if (domain < 0) return ENOTTY;
    const std::lock_guard lock(grant_table().mutex);
    const UniqueFd pages = mappable(static_cast<unsigned>(domain), domid, refs);
    // In place of the device that the caller's descriptor leads to.
    VGPU_CHECK(::dup3(pages.get(), gntdev, O_CLOEXEC) == gntdev);
    return 0;
}

}  // namespace vgpu::transport::xen
