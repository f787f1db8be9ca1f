// What this process and those that serve it cost: CPU time, memory and wake-ups, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <vector>

namespace vgpu::bench {

// The descendants of this process's parent: with a wrapper such as tools/dvm-run around it, that is
// the service and its workers besides the process itself; without one, the process alone.
class ProcessGroup {
  public:
    static ProcessGroup of_parent();

    std::size_t size() const { return processes_.size(); }
    double cpu_seconds() const;
    // Anonymous and shared memory, each page by its share so that none counts twice. Pages of files
    // are left out: how many others map them, and so their share, changes from run to run.
    double mebibytes() const;
    // How often each of the threads has begun to run after it had slept.
    std::map<pid_t, std::uint64_t> wakeups() const;

  private:
    explicit ProcessGroup(std::vector<pid_t> processes) : processes_(std::move(processes)) {}
    std::vector<pid_t> processes_;
};

// Wake-ups of all processes that serve this one while it sleeps for `seconds`; its own is left out.
// Threads that end meanwhile are left out too.
double wakeups_in(double seconds);
// Returns when the memory of them all has not changed for a second: what starts ahead of its use
// has started, and what rests has given back what it does not need.
void wait_until_settled();

}  // namespace vgpu::bench
