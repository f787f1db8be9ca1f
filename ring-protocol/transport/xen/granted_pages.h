// The front end's half of memory: pages of this domain that the back end's domain may map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "transport/xen/vgpuif.h"

struct xengntdev_handle;

namespace vgpu::transport::xen {

// Pages for an application, which maps the descriptor at offset 0. Owned by the broker; freed by
// the kernel when this, the application's copies and mappings, and the back end's mapping are gone.
struct GrantedPages {
    UniqueFd fd;
    std::vector<std::uint32_t> refs;

    // Zeroed. Nothing, and errno, when the kernel has no pages or references left (the module's
    // limit, the domain's grant table): keep below those limits, since a grant table that was once
    // full is said to stay so.
    static std::optional<GrantedPages> make(std::uint32_t domid, std::uint32_t pages);
};

// Pages that the broker itself maps. Owned by it, on its one thread.
class SharedPages {
  public:
    SharedPages() = default;
    // `pages` zeroed pages, one after the other; data() is null, and errno says why, when there
    // are none left.
    SharedPages(std::uint32_t domid, std::uint32_t pages, bool writable);
    // One page whose octet at `alive_offset` is cleared, and `port` rung, when this process dies.
    static SharedPages with_notice(std::uint32_t domid, std::uint32_t alive_offset,
                                   std::uint32_t port);
    SharedPages(SharedPages&& other) noexcept;
    SharedPages& operator=(SharedPages&& other) noexcept;
    ~SharedPages();

    std::uint8_t* data() const { return data_; }
    const std::vector<std::uint32_t>& refs() const { return refs_; }

  private:
    void open();
    xengntdev_handle* handle_ = nullptr;
    std::uint8_t* data_ = nullptr;
    std::vector<std::uint32_t> refs_;
};

// A list of references in directory pages (vgpuif.h), granted read-only as long as this lives.
class Directory {
  public:
    // first() is 0 when there are no pages left for it.
    Directory(std::uint32_t domid, const std::vector<std::uint32_t>& refs);
    std::uint32_t first() const { return pages_.data() ? pages_.refs().front() : 0; }

  private:
    SharedPages pages_;
};

}  // namespace vgpu::transport::xen
