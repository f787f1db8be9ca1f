// Puts frames from guest pages, from a segment, or in requests.
#include "wsi/x11_put.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "wsi/shared_mapping.h"
#include "wsi/x11_segment.h"

namespace vgpu::wsi {
namespace {

xcb_void_cookie_t put_segment(const PutTarget& target, xcb_shm_seg_t segment,
                              std::uint32_t offset) {
    const auto width = static_cast<std::uint16_t>(target.extent.width);
    const auto height = static_cast<std::uint16_t>(target.extent.height);
    return target.x11->xcb_shm_put_image_checked(
        target.connection, target.window, target.graphics, width, height, 0, 0, width, height, 0, 0,
        target.depth, XCB_IMAGE_FORMAT_Z_PIXMAP, /*send_event=*/0, segment, offset);
}

// PutWay::Pages: the X server reads what the GPU wrote.
class PagesPut final : public PixelPut {
  public:
    // Null when a frame has no pages or the X server cannot map them.
    static std::unique_ptr<PixelPut> make(const PutTarget& target,
                                          std::span<const FramePixels> frames) {
        std::unique_ptr<PagesPut> put(new PagesPut(target));
        for (const FramePixels& frame : frames) {
            if (!put->add(frame)) return nullptr;
        }
        return put;
    }

    void send(std::uint32_t image, std::vector<xcb_void_cookie_t>& sent) override {
        const Place& place = places_[image];
        sent.push_back(put_segment(target_, place.segment, place.offset));
    }
    PutWay way() const override { return PutWay::Pages; }

  private:
    using FileName = std::pair<dev_t, ino_t>;
    struct Place {
        xcb_shm_seg_t segment;
        std::uint32_t offset;
    };

    explicit PagesPut(const PutTarget& target) : target_(target) {}

    bool add(const FramePixels& frame) {
        if (!frame.pages || frame.pages->bytes < target_.frame_bytes()) return false;
        // The request has 32 bits for the offset.
        if (frame.pages->offset > std::numeric_limits<std::uint32_t>::max()) return false;
        const X11Segment* segment = segment_of(frame.pages->fd);
        if (segment == nullptr) return false;
        places_.push_back({segment->id(), static_cast<std::uint32_t>(frame.pages->offset)});
        return true;
    }

    // Frames mostly lie in one region: the X server maps it once.
    const X11Segment* segment_of(int fd) {
        struct stat status {};
        if (fstat(fd, &status) != 0) return nullptr;
        const FileName name{status.st_dev, status.st_ino};
        if (auto known = segments_.find(name); known != segments_.end()) return &known->second;
        UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!copy) return nullptr;
        auto segment = X11Segment::attach(*target_.x11, target_.connection, std::move(copy));
        if (!segment) return nullptr;
        return &segments_.emplace(name, std::move(*segment)).first->second;
    }

    const PutTarget target_;
    std::map<FileName, X11Segment> segments_;
    std::vector<Place> places_;
};

// PutWay::Segment: one segment serves all frames, because a put is over before the next begins.
class SegmentPut final : public PixelPut {
  public:
    static std::unique_ptr<PixelPut> make(const PutTarget& target,
                                          std::span<const FramePixels> frames) {
        auto mapping = std::make_unique<SharedMapping>(target.frame_bytes());
        if (mapping->data() == nullptr) return nullptr;
        auto segment = X11Segment::attach(*target.x11, target.connection, mapping->take_file());
        if (!segment) return nullptr;
        return std::unique_ptr<PixelPut>(
            new SegmentPut(target, frames, std::move(mapping), std::move(*segment)));
    }

    void send(std::uint32_t image, std::vector<xcb_void_cookie_t>& sent) override {
        std::memcpy(mapping_->data(), frames_[image].data, target_.frame_bytes());
        sent.push_back(put_segment(target_, segment_.id(), 0));
    }
    PutWay way() const override { return PutWay::Segment; }

  private:
    SegmentPut(const PutTarget& target, std::span<const FramePixels> frames,
               std::unique_ptr<SharedMapping> mapping, X11Segment segment)
        : target_(target),
          frames_(frames.begin(), frames.end()),
          mapping_(std::move(mapping)),
          segment_(std::move(segment)) {}

    const PutTarget target_;
    const std::vector<FramePixels> frames_;
    const std::unique_ptr<SharedMapping> mapping_;
    const X11Segment segment_;
};

// What strips are put together in, so that the window gets the frame whole.
class Sheet {
  public:
    // The cookie tells whether there is memory for it.
    Sheet(const PutTarget& target, std::vector<xcb_void_cookie_t>& sent)
        : target_(target), id_(target.x11->xcb_generate_id(target.connection)) {
        sent.push_back(target.x11->xcb_create_pixmap_checked(
            target.connection, target.depth, id_, target.window,
            static_cast<std::uint16_t>(target.extent.width),
            static_cast<std::uint16_t>(target.extent.height)));
    }
    Sheet(const Sheet&) = delete;
    Sheet& operator=(const Sheet&) = delete;
    ~Sheet() {
        const auto cookie = target_.x11->xcb_free_pixmap_checked(target_.connection, id_);
        target_.x11->xcb_discard_reply(target_.connection, cookie.sequence);
    }

    xcb_pixmap_t id() const { return id_; }
    void show(std::vector<xcb_void_cookie_t>& sent) const {
        sent.push_back(target_.x11->xcb_copy_area_checked(
            target_.connection, id_, target_.window, target_.graphics, 0, 0, 0, 0,
            static_cast<std::uint16_t>(target_.extent.width),
            static_cast<std::uint16_t>(target_.extent.height)));
    }

  private:
    const PutTarget target_;
    const xcb_pixmap_t id_;
};

// PutWay::Request: strips of whole rows, as many as fit into a request.
class RequestPut final : public PixelPut {
  public:
    RequestPut(const PutTarget& target, const Options& options, std::span<const FramePixels> frames)
        : target_(target),
          rows_(rows_per_request(target, options)),
          frames_(frames.begin(), frames.end()) {}

    void send(std::uint32_t image, std::vector<xcb_void_cookie_t>& sent) override {
        const std::size_t pitch = std::size_t{target_.extent.width} * kX11BytesPerPixel;
        const bool strips = rows_ < target_.extent.height;
        if (strips && !sheet_) sheet_.emplace(target_, sent);
        const xcb_drawable_t onto = strips ? sheet_->id() : target_.window;
        for (std::uint32_t y = 0; y < target_.extent.height; y += rows_) {
            const std::uint32_t rows = std::min(rows_, target_.extent.height - y);
            const auto* bytes =
                reinterpret_cast<const std::uint8_t*>(frames_[image].data) + y * pitch;
            sent.push_back(target_.x11->xcb_put_image_checked(
                target_.connection, XCB_IMAGE_FORMAT_Z_PIXMAP, onto, target_.graphics,
                static_cast<std::uint16_t>(target_.extent.width), static_cast<std::uint16_t>(rows),
                0, static_cast<std::int16_t>(y), 0, target_.depth,
                static_cast<std::uint32_t>(rows * pitch), bytes));
        }
        if (strips) sheet_->show(sent);
    }
    PutWay way() const override { return PutWay::Request; }

  private:
    // PutImage's fixed part, with the long form of the length.
    static constexpr std::size_t kHeaderBytes = sizeof(xcb_put_image_request_t) + 4;

    static std::uint32_t rows_per_request(const PutTarget& target, const Options& options) {
        std::size_t limit =
            std::size_t{target.x11->xcb_get_maximum_request_length(target.connection)} * 4;
        if (options.max_request_bytes != 0) {
            limit = std::min<std::size_t>(limit, options.max_request_bytes);
        }
        const std::size_t pitch = std::size_t{target.extent.width} * kX11BytesPerPixel;
        const std::size_t rows = limit > kHeaderBytes ? (limit - kHeaderBytes) / pitch : 0;
        // One row fits into the smallest limit of the protocol (256 KiB) for any image that fits
        // into a window (32,767 wide).
        return static_cast<std::uint32_t>(
            std::clamp<std::size_t>(rows, 1, std::max(1u, target.extent.height)));
    }

    const PutTarget target_;
    const std::uint32_t rows_;
    const std::vector<FramePixels> frames_;
    std::optional<Sheet> sheet_;  // made by the first frame that needs it
};

}  // namespace

std::unique_ptr<PixelPut> make_pixel_put(const PutTarget& target, const Options& options,
                                         std::span<const FramePixels> frames) {
    const bool shm = options.best_put_way < PutWay::Request &&
                     shm_takes_descriptors(*target.x11, target.connection);
    if (shm && options.best_put_way == PutWay::Pages) {
        if (auto put = PagesPut::make(target, frames)) return put;
    }
    if (shm) {
        if (auto put = SegmentPut::make(target, frames)) return put;
    }
    return std::make_unique<RequestPut>(target, options, frames);
}

}  // namespace vgpu::wsi
