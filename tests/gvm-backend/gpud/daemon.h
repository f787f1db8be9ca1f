// A gvm-gpud for tests: a process of its own, in a directory of its own, whose log is read.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace vgpu::gpud {

// Looks every 2 ms; throws after 20 s, so that a test that would hang fails.
template <typename Done>
void wait_for(const std::string& what, Done&& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) {
            throw std::runtime_error("Nothing comes of waiting: " + what);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        char name[] = "/tmp/vgpu-test-XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

inline bool is_running(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    const std::size_t name_end = text.rfind(')');
    return name_end != std::string::npos && text.at(name_end + 2) != 'Z';
}

class Daemon {
  public:
    explicit Daemon(const std::string& directory, std::vector<std::string> arguments = {},
                    std::vector<std::string> environment = {})
        : socket_(directory + "/gpud.sock"), log_(directory + "/log") {
        // A test that wants spare workers says so.
        if (std::find(arguments.begin(), arguments.end(), "--spare-workers") == arguments.end())
            arguments.insert(arguments.begin(), {"--spare-workers", "0"});
        arguments.insert(arguments.begin(), {std::getenv("VGPU_GPUD"), "--socket", socket_});
        pid_ = ::fork();
        if (pid_ != 0) return;
        const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(log, STDERR_FILENO);
        ::dup2(log, STDOUT_FILENO);
        ::close(log);
        for (const std::string& variable : environment) ::putenv(::strdup(variable.c_str()));
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    ~Daemon() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGTERM);
        wait();
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    const std::string& socket() const { return socket_; }
    pid_t pid() const { return pid_; }
    void wait_until_serving(int times = 1) {
        wait_for("the daemon serves\n" + log(), [&] { return count("Serving on") >= times; });
    }
    void kill(int signal) { ::kill(pid_, signal); }
    // Its exit status, or minus the signal that ended it.
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    std::string log() const {
        std::ifstream file(log_);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    int count(const std::string& text) const {
        const std::string all = log();
        int found = 0;
        for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; ++at) ++found;
        return found;
    }
    void wait_for_log(const std::string& text, int times = 1) {
        wait_for("the log says \"" + text + "\"\n" + log(), [&] { return count(text) >= times; });
    }
    // Of all contexts that the log tells of.
    std::vector<pid_t> workers() const {
        std::vector<pid_t> all;
        const std::string text = log();
        for (std::size_t at = 0; (at = text.find("; worker ", at)) != std::string::npos; ++at) {
            all.push_back(std::atoi(text.c_str() + at + 9));
        }
        return all;
    }
    // Processes that it has started and that have not ended, those without a context too.
    std::vector<pid_t> children() const {
        std::ifstream file("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) +
                           "/children");
        std::vector<pid_t> all;
        for (pid_t pid = 0; file >> pid;) all.push_back(pid);
        return all;
    }
    void wait_until_no_worker() {
        wait_for("no worker is left\n" + log(), [&] {
            for (const pid_t pid : workers()) {
                if (is_running(pid)) return false;
            }
            return true;
        });
    }
    int descriptors() const {
        int count = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/fd"))
            ++count;
        return count;
    }

  private:
    std::string socket_;
    std::string log_;
    pid_t pid_ = -1;
};

}  // namespace vgpu::gpud
