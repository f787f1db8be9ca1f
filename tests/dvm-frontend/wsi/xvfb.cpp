// Starts and ends Xvfb.
#include "xvfb.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/unique_fd.h"

namespace vgpu::wsi::test {
namespace {

constexpr int kStartMs = 20'000;

[[noreturn]] void become_xvfb(int display_fd) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    fcntl(display_fd, F_SETFD, 0);  // without close-on-exec
    char number[16];
    std::snprintf(number, sizeof number, "%d", display_fd);
    execlp("Xvfb", "Xvfb", "-displayfd", number, "-screen", "0", "1024x768x24", "-nolisten", "tcp",
           nullptr);
    _exit(127);
}

// What Xvfb writes once it accepts connections: the display's number and a newline.
std::string read_number(int fd) {
    std::string number;
    char digit = 0;
    pollfd readable{fd, POLLIN, 0};
    while (poll(&readable, 1, kStartMs) == 1 && read(fd, &digit, 1) == 1 && digit != '\n') {
        number += digit;
    }
    return number;
}

}  // namespace

std::unique_ptr<Xvfb> Xvfb::start() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return nullptr;
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const pid_t process = fork();
    if (process == 0) become_xvfb(writing.get());
    writing.reset();
    const std::string number = read_number(reading.get());
    std::unique_ptr<Xvfb> xvfb(new Xvfb(process, ":" + number));
    return number.empty() ? nullptr : std::move(xvfb);
}

void Xvfb::kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = -1;
}

Xvfb* shared_xvfb() {
    static const std::unique_ptr<Xvfb> xvfb = Xvfb::start();
    return xvfb.get();
}

}  // namespace vgpu::wsi::test
