// Rows about the process as a whole: its start, its idleness, its memory.
#include <cstdint>

#include "frame_loop.h"
#include "processes.h"
#include "rows.h"

namespace vgpu::bench {

// From the first vkCreateInstance to the end of the first submit, in milliseconds. Once a process,
// and when what serves it has started.
Result startup(const Options&) {
    wait_until_settled();
    const double start = now_seconds();
    const Session session;
    session.drain();
    return {(now_seconds() - start) * 1e3};
}

// Wake-ups of all threads of this process and of those that serve it while it does nothing.
Result idle(const Options& options) {
    const Session session;
    FrameLoop loop(session, 10);
    for (int i = 0; i < 10; ++i) loop.next();
    loop.finish();
    // What was busy goes to sleep first.
    wait_until_settled();
    return {wakeups_in(options.seconds * 20), {{"seconds", options.seconds * 20}}};
}

// Memory of this process and of those that serve it, after it has drawn: mebibytes.
Result memory_total(const Options&) {
    const Session session;
    FrameLoop loop(session, 10);
    // One by one: frames that queue up would need memory at the driver's whim.
    for (int i = 0; i < 10; ++i) {
        loop.next();
        loop.finish();
    }
    const ProcessGroup group = ProcessGroup::of_parent();
    return {group.mebibytes(), {{"processes", static_cast<double>(group.size())}}};
}

}  // namespace vgpu::bench
