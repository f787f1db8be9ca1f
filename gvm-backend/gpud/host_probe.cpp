// Runs `gvm-gpu-worker --probe` and reads its JSON.
#include "gpud/host_probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "base/setup_error.h"
#include "base/unique_fd.h"
#include "gpud/worker_process.h"

namespace vgpu::gpud {

namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kMaxReportBytes = 4 << 20;

std::string remedy() {
    return "Run `gvm-gpu-worker --probe` by hand to see what fails; `vulkaninfo --summary` should "
           "work too. A missing loader comes with the package libvulkan1.";
}

// All that the child writes until it ends or time is over; false in the latter case.
bool read_all(int fd, std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd wait{fd, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0) {
            return false;
        }
        char bytes[4096];
        const ssize_t count = ::read(fd, bytes, sizeof bytes);
        if (count == 0) return true;
        if (count < 0 && errno != EINTR) return true;
        if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
        if (text.size() > kMaxReportBytes) return false;
    }
}

// The probe is about the driver: a layer that drops or changes work would be tested in its place.
std::vector<std::string> without_layers(const std::vector<std::string>& environment) {
    std::vector<std::string> left;
    for (const std::string& variable : environment) {
        const bool layers = variable.rfind("VK_INSTANCE_LAYERS=", 0) == 0 ||
                            variable.rfind("VK_LOADER_LAYERS_ENABLE=", 0) == 0;
        if (!layers) left.push_back(variable);
    }
    return left;
}

std::string describe_death(int status) {
    if (WIFSIGNALED(status)) {
        return std::string("ends by signal ") + ::strsignal(WTERMSIG(status));
    }
    return "exits with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

worker::HostReport probe_host(const std::string& worker_program,
                              const std::vector<std::string>& environment) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw SetupError("A pipe cannot be made.", "");
    const UniqueFd out(ends[0]);
    UniqueFd child_end(ends[1]);
    const pid_t child = spawn({worker_program, "--probe"}, without_layers(environment),
                              {{child_end.get(), STDOUT_FILENO}});
    child_end.reset();
    std::string text;
    const bool finished = read_all(out.get(), text);
    if (!finished) ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!finished) {
        throw SetupError("The probe of the host's Vulkan has no result after " +
                             std::to_string(kPatience.count()) + " s.",
                         remedy());
    }
    if (status != 0) {
        throw SetupError("The probe of the host's Vulkan " + describe_death(status) + ".",
                         remedy());
    }
    try {
        return worker::parse_report(text);
    } catch (const std::exception& error) {
        throw SetupError(
            std::string("The probe of the host's Vulkan answers nonsense (") + error.what() + ").",
            remedy());
    }
}

std::string describe(const worker::HostReport& report) {
    std::ostringstream text;
    text << "Vulkan loader: " << (report.instance_version >> 22) << '.'
         << (report.instance_version >> 12 & 0x3ff) << '.' << (report.instance_version & 0xfff)
         << ", " << report.instance_extensions.size() << " instance extensions, "
         << report.command_hashes.size() << " commands served\n";
    if (!report.error.empty()) text << report.error << '\n';
    for (const worker::HostGpu& gpu : report.gpus) {
        text << gpu.identity.name << "\n  type: " << gpu.type << "\n  PCI address: "
             << (gpu.identity.pci_address.empty() ? "none" : gpu.identity.pci_address)
             << "\n  render node: " << (gpu.render_node.empty() ? "none" : gpu.render_node)
             << "\n  driver: " << gpu.driver
             << (gpu.identity.driver_manifest.empty() ? ""
                                                      : " (" + gpu.identity.driver_manifest + ")")
             << "\n  Vulkan: " << gpu.api_version
             << "\n  memory import: " << worker::to_string(gpu.import_way) << " ("
             << gpu.import_text << ")\n";
        for (std::size_t i = 0; i < gpu.memory_types.size(); ++i) {
            text << "  memory type " << i << ": " << gpu.memory_types[i]
                 << (gpu.page_type_bits >> i & 1 ? " [guest pages]" : "") << '\n';
        }
    }
    return text.str();
}

}  // namespace vgpu::gpud
