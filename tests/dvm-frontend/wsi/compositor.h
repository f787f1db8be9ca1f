// A Wayland compositor of the tests' own: it keeps what is shown to it, and misbehaves on demand.
#pragma once

#include <vulkan/vulkan.h>
#include <wayland-server.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace vgpu::wsi::test {

// One surface's last commit, as the compositor saw it.
struct Seen {
    std::uint32_t commits = 0;
    std::uint32_t format = 0;  // of wl_shm
    VkExtent2D extent{};
    std::vector<std::uint8_t> pixels;  // rows without gaps
    std::vector<VkRect2D> damage;
};

// Serves one client, on a thread of its own. It repaints on a clock: then it reads the buffers that
// it holds, gives back those that were replaced, and gives the beat.
class Compositor {
  public:
    struct Ways {
        std::uint32_t version = 4;  // of wl_compositor, and so of its surfaces
        std::chrono::milliseconds period{10};
        std::vector<std::uint32_t> more_formats;
    };

    explicit Compositor(const Ways& ways);
    Compositor() : Compositor(Ways()) {}
    Compositor(const Compositor&) = delete;
    Compositor& operator=(const Compositor&) = delete;
    ~Compositor() { die(); }

    // The client's end of the connection, once.
    int take_client_end() { return client_end_.release(); }
    // Hangs up at once.
    void die();

    std::atomic<bool> gives_beats{true};
    std::atomic<bool> gives_back{true};
    // Reads nothing and answers nothing meanwhile.
    std::atomic<bool> sleeps{false};

    // Surfaces count from 0 in the order of their making.
    Seen seen(std::size_t surface);
    // How often a buffer's pixels changed while the compositor held it.
    int overwritten() const { return overwritten_; }

  private:
    struct Surface {
        Compositor* compositor = nullptr;
        wl_resource* pending = nullptr;
        bool attached = false;
        std::vector<VkRect2D> pending_damage;
        std::vector<wl_resource*> pending_callbacks;
        wl_resource* current = nullptr;
        std::vector<wl_resource*> replaced;
        std::vector<wl_resource*> callbacks;
        bool read_before = false;
        Seen seen;
    };
    friend struct Requests;

    void run(int server_end);
    void repaint();
    void repaint(Surface& surface);
    void read(Surface& surface);
    void give_back(Surface& surface);
    void forget(wl_resource* resource);
    static int on_tick(void* self);
    static int on_end(int fd, std::uint32_t mask, void* self);

    const Ways ways_;
    UniqueFd client_end_;
    UniqueFd end_;  // an eventfd: the thread is to end
    wl_display* display_ = nullptr;
    wl_event_source* clock_ = nullptr;
    std::atomic<int> overwritten_{0};
    std::mutex lock_;  // surfaces_
    std::list<Surface> surfaces_;
    std::thread thread_;  // last: it uses the others
};

}  // namespace vgpu::wsi::test
