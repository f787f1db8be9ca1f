// The tails of main() and of the command line.
#include "daemon/program.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>

#include "daemon/logging.h"

namespace vgpu::daemon {

void add_common_options(CLI::App& app, std::string& log_level) {
    app.add_option("--log-level", log_level, "What to log")
        ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
        ->capture_default_str();
    const std::string always = "Stay in the foreground (always so)";
    app.add_flag("--foreground", always);
}

bool parse(CLI::App& app, int argc, char** argv, int& exit_status) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        exit_status = app.exit(error);
        return false;
    }
    return true;
}

int run_program(const std::string& log_level, const std::function<int()>& run) {
    set_up_log(log_level, "");
    ::signal(SIGPIPE, SIG_IGN);
    try {
        return run();
    } catch (const std::exception& error) {
        spdlog::critical("{}", error.what());
        return 1;
    }
}

void make_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::error_code ignored;
    if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
}

void raise_descriptor_limit() {
    rlimit files;
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

UniqueFd signal_fd(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace vgpu::daemon
