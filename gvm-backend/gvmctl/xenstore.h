// The host's xenstore, as gvmctl's commands read and write it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct xs_handle;

namespace vgpu::gvmctl {

// One connection. One thread. Every function throws SetupError when xenstore refuses or is gone.
class Xenstore {
  public:
    Xenstore();

    std::optional<std::string> read(const std::string& path) const;  // nullopt: no such node
    std::vector<std::string> list(const std::string& path) const;    // none: no such node
    void write(const std::string& path, const std::string& value);
    void remove(const std::string& path);
    // Makes an empty node of `owner`'s that `reader` may read. Its children will be alike.
    void make(const std::string& path, unsigned owner, unsigned reader);
    std::string permissions(const std::string& path) const;  // "n5,r3"; empty: no such node

    // Runs `work` so that others see all of its changes or none. It runs again when others were
    // in between, so it must begin by reading what it depends on.
    void transact(const std::function<void()>& work);

    // Calls `done` now and after each change below one of the paths, until it says true. False
    // when that does not happen in time.
    bool wait_for(const std::vector<std::string>& paths, std::chrono::milliseconds timeout,
                  const std::function<bool()>& done);

    // Sleeps until something changes at or below a path that is watched.
    void watch(const std::string& path);
    bool wait_for_change(std::chrono::milliseconds timeout);

  private:
    struct Close {
        void operator()(xs_handle* handle) const;
    };
    [[noreturn]] void refuse(const char* what, const std::string& path, int error) const;
    void unwatch(const std::vector<std::string>& paths);
    void drain_events();

    std::unique_ptr<xs_handle, Close> handle_;
    std::uint32_t transaction_ = 0;
};

}  // namespace vgpu::gvmctl
