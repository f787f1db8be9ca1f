// The back end's half of memory: pages of a guest's domain, mapped here or made ready for a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "transport/xen/vgpuif.h"

struct xengntdev_handle;

namespace vgpu::transport::xen {

// Pages that this process maps. Owned by the supervisor, on its one thread. What lies in them
// changes at the guest's will: copy once.
class MappedGrants {
  public:
    MappedGrants() = default;
    // Null data(), and errno, when a reference is not granted to this domain or nothing is left.
    MappedGrants(std::uint32_t domid, std::span<const std::uint32_t> refs, bool writable);
    // One page whose octet at `alive_offset` is cleared, and `port` rung, when this process dies.
    static MappedGrants with_notice(std::uint32_t domid, std::uint32_t ref,
                                    std::uint32_t alive_offset, std::uint32_t port);
    MappedGrants(MappedGrants&& other) noexcept;
    MappedGrants& operator=(MappedGrants&& other) noexcept;
    ~MappedGrants();

    std::uint8_t* data() const { return data_; }

  private:
    void open();
    xengntdev_handle* handle_ = nullptr;
    std::uint8_t* data_ = nullptr;
    std::uint32_t pages_ = 0;
};

// The references of `pages` pages, read once out of the directory pages that begin at `first`; or
// a sentence that says why not.
std::variant<std::vector<std::uint32_t>, std::string> read_directory(std::uint32_t domid,
                                                                     std::uint32_t first,
                                                                     std::uint64_t pages);

// A descriptor that maps these pages once, in the process that gets it; or a sentence.
std::variant<UniqueFd, std::string> prepare_region(std::uint32_t domid,
                                                   std::span<const std::uint32_t> refs);

}  // namespace vgpu::transport::xen
