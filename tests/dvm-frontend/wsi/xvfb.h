// An X server of the tests' own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

namespace vgpu::wsi::test {

// Ends with its owner, or with the test process.
class Xvfb {
  public:
    // Null where Xvfb is not installed or does not start.
    static std::unique_ptr<Xvfb> start();
    Xvfb(const Xvfb&) = delete;
    Xvfb& operator=(const Xvfb&) = delete;
    ~Xvfb() { kill(); }

    const std::string& display() const { return display_; }
    // At once, with all its windows.
    void kill();

  private:
    Xvfb(pid_t process, std::string display) : process_(process), display_(std::move(display)) {}

    pid_t process_;
    const std::string display_;
};

// One server that the tests share, or null.
Xvfb* shared_xvfb();

}  // namespace vgpu::wsi::test

// Leaves the test case, visibly, where there is no X server to be had.
#define VGPU_REQUIRE_XVFB()                                                            \
    if (vgpu::wsi::test::shared_xvfb() == nullptr) {                                   \
        WARN("Skipped: Xvfb does not start here; install it (Debian: xvfb) to test."); \
        return;                                                                        \
    }
