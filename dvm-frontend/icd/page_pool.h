// Guest pages for host-visible device memory, cut out of a few large shared regions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "transport/guest_transport.h"

namespace vgpu::icd {

class Context;
class PagePool;

// Whole pages of a region that the worker maps too; given back when destroyed, before its pool.
// Their content is whatever an earlier use left.
class PageRange {
  public:
    PageRange() = default;
    PageRange(PageRange&& other) noexcept;
    PageRange& operator=(PageRange&& other) noexcept;
    ~PageRange() { reset(); }

    explicit operator bool() const { return shared_ != nullptr; }
    // By which the host knows them.
    transport::RegionId region() const { return shared_->id(); }
    std::size_t offset() const { return offset_; }
    std::size_t size() const { return bytes_; }
    std::uint8_t* data() const { return shared_->data() + offset_; }
    // The whole region, which is larger unless the range has it alone.
    const transport::SharedRegion& whole_region() const { return *shared_; }
    // The region's descriptor: see transport::SharedRegion::fd().
    int fd() const { return shared_->fd(); }

  private:
    friend class PagePool;
    PageRange(PagePool& pool, transport::SharedRegion& shared, std::size_t offset,
              std::size_t bytes)
        : pool_(&pool), shared_(&shared), offset_(offset), bytes_(bytes) {}
    void reset();

    PagePool* pool_ = nullptr;
    transport::SharedRegion* shared_ = nullptr;
    std::size_t offset_ = 0;
    std::size_t bytes_ = 0;
};

// Owned by the Instance, destroyed before its Context; any thread. Taking and giving back small
// ranges again and again makes no system call. Give a range back when the host can no longer be
// told to use it: its allocation was answered, and its vkFreeMemory posted.
class PagePool {
  public:
    static constexpr std::size_t kFirstRegionBytes = 16 << 20;
    static constexpr std::size_t kRegionBytes = 64 << 20;
    // From here on an allocation is a region of its own.
    static constexpr std::size_t kOwnRegionBytes = 32 << 20;

    // All regions together stay below the context's memory limit.
    explicit PagePool(Context& context);
    PagePool(transport::GuestTransport& transport, std::uint64_t limit_bytes)
        : transport_(transport), limit_(limit_bytes) {}
    PagePool(const PagePool&) = delete;
    PagePool& operator=(const PagePool&) = delete;

    // `bytes` rounded up to pages, at a multiple of the page size; an empty range when the limit
    // or this guest's memory is exhausted, or the context is lost.
    PageRange take(std::size_t bytes);
    // As take(), in a region of its own, which other processes can be given without any other
    // range.
    PageRange take_alone(std::size_t bytes);
    // A region that another process made, all of it. Empty over the limit.
    PageRange adopt(std::unique_ptr<transport::SharedRegion> region);
    // What all regions have together.
    std::uint64_t shared_bytes() const;

  private:
    friend class PageRange;
    struct Hole {
        std::size_t offset;
        std::size_t bytes;
    };
    struct Region {
        std::unique_ptr<transport::SharedRegion> shared;
        std::vector<Hole> holes;  // sorted, never adjacent
        std::size_t ranges = 0;   // taken now
        bool own = false;         // made for one range alone
        void fill(Hole hole);
    };
    using Regions = std::list<Region>;

    PageRange cut(std::size_t bytes);
    bool grow(std::size_t bytes);
    bool share(std::size_t bytes, bool own);
    // All of a region that nothing is cut out of.
    PageRange take_whole(Region& region);
    void give(transport::SharedRegion& shared, std::size_t offset, std::size_t bytes);
    // Moves the regions that nobody uses out, but for `spares` arenas; then discard() unshares
    // them, which asks the worker, without the lock.
    Regions drop_empty(std::size_t spares);
    void discard(Regions& idle);

    transport::GuestTransport& transport_;
    const std::uint64_t limit_;
    Context* context_ = nullptr;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    Regions regions_;
    std::uint64_t shared_bytes_ = 0;
    // What is tried first: less where as much was refused, and more again with each success.
    std::size_t arena_ = kRegionBytes;
};

}  // namespace vgpu::icd
