// vgpu-sharing shares memory, semaphores and fences between two processes, each with a device.
//
// It forks before it uses Vulkan, and prints the names of its ways when all that they expect holds.
// "deaths" says "ready" when its owner may be killed, and whether the other one went on.
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "common/command_line.h"
#include "common/program.h"
#include "sharing/side.h"

namespace {

using namespace vgpu::sharing;
using vgpu::UniqueFd;

const std::vector<const char*> kExtensions = {VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
                                              VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
                                              VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME};

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

using Chosen = std::vector<std::pair<std::string, Way>>;

// What a way opens it closes again. Some descriptors are kept for good, as those of a thread's own
// command channel, but none each time.
void run(const Side& side, const std::function<void(const Side&)>& half, std::uint32_t times) {
    if (!half) return;
    half(side);
    if (times == 0) return;
    half(side);
    const std::size_t before = open_descriptors();
    for (std::uint32_t i = 0; i < times; ++i) half(side);
    const std::size_t after = open_descriptors();
    expect(after < before + times, "No descriptor is left each time: " + std::to_string(after) +
                                       " are open, " + std::to_string(before) + " were before.");
}

int run_side(bool owner, UniqueFd socket, const Chosen& chosen, std::uint32_t rounds,
             std::uint32_t times) {
    return guarded([&] {
        Peer peer(std::move(socket));
        const Instance instance(false);
        const Gpu gpu(instance, 0, kExtensions);
        const Side side(gpu, peer, rounds);
        for (const auto& [name, way] : chosen) {
            if (owner) std::fprintf(stderr, "# %s\n", name.c_str());
            run(side, owner ? way.owner : way.other, way.in_all ? times : 0);
        }
        return kExitPass;
    });
}

int run_pair(const Chosen& chosen, std::uint32_t rounds, std::uint32_t times) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return kExitFail;
    UniqueFd ours(ends[0]), theirs(ends[1]);
    const pid_t owner = ::fork();
    if (owner == 0) {
        theirs.reset();
        ::_exit(run_side(true, std::move(ours), chosen, rounds, times));
    }
    const pid_t other = ::fork();
    if (other == 0) {
        ours.reset();
        ::_exit(run_side(false, std::move(theirs), chosen, rounds, times));
    }
    ours.reset();
    theirs.reset();
    int owners = 0, others = 0;
    ::waitpid(owner, &owners, 0);
    ::waitpid(other, &others, 0);
    const bool killed =
        WIFSIGNALED(owners) && WTERMSIG(owners) == SIGKILL && !chosen.front().second.in_all;
    if (WIFEXITED(owners) && WEXITSTATUS(owners) == kExitSkip) return kExitSkip;
    if ((owners != 0 && !killed) || others != 0) {
        std::fprintf(stderr, "Its processes end with %d and %d.\n", owners, others);
        return kExitFail;
    }
    for (const auto& [name, way] : chosen) std::printf("%s\n", name.c_str());
    return kExitPass;
}

}  // namespace

int main(int argc, char** argv) {
    std::map<std::string, Way> ways;
    add_memory_ways(ways);
    add_sync_ways(ways);
    add_bogus_ways(ways);
    std::string names = "all";
    for (const auto& [name, way] : ways) names += ", " + name;
    CommandLine line("vgpu-sharing", "Shares memory, semaphores and fences between two processes.");
    const std::string& wanted = line.operand("WAY", names);
    const std::uint32_t& rounds =
        line.number("--rounds", 100, "how often a way goes on, if it can");
    const std::uint32_t& times =
        line.number("--times", 4, "how often each way is done again, to see what it leaves open");
    line.parse(argc, argv);
    ::signal(SIGPIPE, SIG_IGN);
    Chosen chosen;
    for (const auto& [name, way] : ways)
        if (wanted == name || (wanted == "all" && way.in_all)) chosen.emplace_back(name, way);
    if (chosen.empty()) {
        std::fprintf(stderr, "There is no way \"%s\". Name one of %s.\n", wanted.c_str(),
                     names.c_str());
        return 2;
    }
    return run_pair(chosen, rounds, times);
}
