// Reads /proc.
#include "processes.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>

namespace vgpu::bench {

namespace {

namespace filesystem = std::filesystem;

// 0 where the process has gone.
pid_t parent_of(const filesystem::path& process) {
    std::ifstream file(process / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t after_name = line.rfind(')');
    if (after_name == std::string::npos) return 0;
    std::istringstream rest(line.substr(after_name + 1));
    std::string state;
    pid_t parent = 0;
    rest >> state >> parent;
    return parent;
}

std::map<pid_t, pid_t> all_parents() {
    std::map<pid_t, pid_t> parents;
    std::error_code gone;
    for (const auto& entry : filesystem::directory_iterator("/proc", gone)) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") == std::string::npos)
            parents[static_cast<pid_t>(std::stol(name))] = parent_of(entry.path());
    }
    return parents;
}

filesystem::path directory(pid_t process) {
    return "/proc/" + std::to_string(process);
}

// Calls read(thread, stream) for one file of each thread.
template <typename Read>
void read_threads(pid_t process, const char* file, const Read& read) {
    std::error_code gone;
    for (const auto& thread : filesystem::directory_iterator(directory(process) / "task", gone)) {
        std::ifstream stream(thread.path() / file);
        read(static_cast<pid_t>(std::stol(thread.path().filename())), stream);
    }
}

// The number after `label` in a file of "label: number" lines, or 0.
std::uint64_t labelled(std::istream& stream, const std::string& label) {
    std::string line;
    while (std::getline(stream, line))
        if (line.compare(0, label.size(), label) == 0)
            return std::stoull(line.substr(label.size()));
    return 0;
}

}  // namespace

ProcessGroup ProcessGroup::of_parent() {
    const std::map<pid_t, pid_t> parents = all_parents();
    const pid_t root = getppid();
    std::vector<pid_t> group;
    for (const auto& [process, parent] : parents) {
        pid_t ancestor = parent;
        while (ancestor > 1 && ancestor != root) {
            const auto found = parents.find(ancestor);
            ancestor = found == parents.end() ? 0 : found->second;
        }
        if (ancestor == root || process == getpid()) group.push_back(process);
    }
    return ProcessGroup(std::move(group));
}

double ProcessGroup::cpu_seconds() const {
    std::uint64_t nanoseconds = 0;
    for (pid_t process : processes_)
        read_threads(process, "schedstat", [&](pid_t, auto& stream) {
            std::uint64_t running = 0;
            stream >> running;
            nanoseconds += running;
        });
    return static_cast<double>(nanoseconds) / 1e9;
}

double ProcessGroup::mebibytes() const {
    std::uint64_t kibibytes = 0;
    for (pid_t process : processes_) {
        for (const char* kind : {"Pss_Anon:", "Pss_Shmem:"}) {
            std::ifstream rollup(directory(process) / "smaps_rollup");
            kibibytes += labelled(rollup, kind);
        }
    }
    return static_cast<double>(kibibytes) / 1024;
}

std::map<pid_t, std::uint64_t> ProcessGroup::wakeups() const {
    std::map<pid_t, std::uint64_t> counts;
    for (pid_t process : processes_)
        read_threads(process, "status", [&](pid_t thread, auto& stream) {
            counts[thread] = labelled(stream, "voluntary_ctxt_switches:");
        });
    return counts;
}

double wakeups_in(double seconds) {
    const ProcessGroup group = ProcessGroup::of_parent();
    const auto before = group.wakeups();
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    std::uint64_t sum = 0;
    for (const auto& [thread, count] : group.wakeups()) {
        const auto found = before.find(thread);
        const std::uint64_t earlier = found == before.end() ? 0 : found->second;
        if (count > earlier) sum += count - earlier;
    }
    return static_cast<double>(sum) - 1;
}

void wait_until_settled() {
    constexpr int kLooks = 60;
    constexpr int kSameLooks = 5;
    constexpr double kSame = 0.1;
    double before = -1;
    for (int i = 0, same = 0; i < kLooks && same < kSameLooks; ++i) {
        const double now = ProcessGroup::of_parent().mebibytes();
        same = now - before < kSame && before - now < kSame ? same + 1 : 0;
        before = now;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

}  // namespace vgpu::bench
