// The granted pages of all domains.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace vgpu::fake {

// Pages that were granted together: a memfd. The table's own descriptor does not keep them alive:
// a lease is to be had for it only while nobody else has the file open or mapped.
class GrantedFile {
  public:
    // `fd` is one that new_memory() made. Its size becomes `pages` pages.
    GrantedFile(int fd, std::size_t pages);
    bool is_used() const;
    std::size_t pages() const { return pages_; }
    // A descriptor that keeps the pages alive.
    UniqueFd open() const;

  private:
    UniqueFd own_;
    std::size_t pages_;
};

struct Grant {
    std::shared_ptr<GrantedFile> file;
    std::size_t page = 0;  // of the file
    unsigned to = 0;
    bool writable = false;
    bool revoked = false;
};

struct MadeMapping {
    unsigned domain = 0;
    std::size_t pages = 0;
    // What to do when it goes: the octet and the port, if any.
    std::uint8_t* alive = nullptr;
    std::uint32_t port = 0;
};

// Its user holds `mutex`.
class GrantTable {
  public:
    std::mutex mutex;
    std::map<unsigned, std::size_t> limits;
    std::map<void*, MadeMapping> mappings;  // of both kinds, by address

    // 0, or an errno; fills in refs.
    int grant(unsigned domain, int fd, unsigned to, bool writable, std::span<std::uint32_t> refs);
    // Null when `mapper` may not map it so.
    const Grant* find(unsigned granter, std::uint32_t ref, unsigned mapper, bool write) const;
    void revoke(unsigned domain, std::uint32_t ref);

    void sweep();
    std::vector<std::uint32_t> refs_of(unsigned domain);
    void clear();

  private:
    std::map<std::pair<unsigned, std::uint32_t>, Grant> grants_;
};
GrantTable& grant_table();

// An empty memfd whose name says what it is: "gntalloc-5", of domain 5. Its size is set later.
UniqueFd new_memory(const std::string& kind, unsigned domain);
// The domain of a descriptor that new_memory() made with this kind, or -1.
int domain_of(int fd, const std::string& kind);

}  // namespace vgpu::fake
