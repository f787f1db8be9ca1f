// vgpu-bench measures one row on one driver and prints it as a line of JSON. bench/run compares.
#include <cstdio>
#include <cstdlib>

#include "clients.h"
#include "common/program.h"
#include "rows.h"

namespace vgpu::bench {
namespace {

constexpr Row kRows[] = {
    {"submit_empty", "us", "submit nothing, wait for its fence", submit_empty},
    {"submit_command_buffer", "us", "submit an empty command buffer, wait", submit_command_buffer},
    {"submit_timeline", "us", "submit nothing, wait by a timeline", submit_timeline},
    {"submit_after_idle", "us", "submit nothing after 20 ms of sleep", submit_after_idle},
    {"call_busy", "us", "a call with an answer, one after another", call_busy},
    {"call_idle", "us", "a call with an answer, after 20 ms of sleep", call_idle},
    {"poll_fence", "us", "vkGetFenceStatus", poll_fence},
    {"poll_timeline", "us", "vkGetSemaphoreCounterValue", poll_timeline},
    {"poll_event", "us", "vkGetEventStatus", poll_event},
    {"poll_query", "us", "vkGetQueryPoolResults of what is there", poll_query},
    {"record", "ns", "push constants and draw, a call", record},
    {"null_command", "ns", "the same end to end, a command (null layer)", null_command},
    {"frames", "fps", "frames of 1,000 draws at 512 x 512", frames},
    {"frame_cpu", "us", "CPU of all processes for such a frame", frame_cpu},
    {"pace_60hz", "us", "100 draws at 60 Hz, from submit to done", pace_60hz},
    {"create_buffer", "us", "create and destroy a buffer", create_buffer},
    {"create_image_view", "us", "create and destroy an image view", create_image_view},
    {"create_fence", "us", "create and destroy a fence", create_fence},
    {"descriptor_update", "us", "an update with two writes", descriptor_update},
    {"shader_new", "us", "a shader module of 3 KiB that was never seen", shader_new},
    {"shader_known", "us", "the same shader module again", shader_known},
    {"memory_64k", "us", "allocate, map, touch, unmap and free 64 KiB", memory_64k},
    {"memory_16m", "us", "allocate, map, touch, unmap and free 16 MiB", memory_16m},
    {"roundtrip_4k", "us", "4 KiB up, copied, and down again", roundtrip_4k},
    {"mapped_write", "GB/s", "write 64 MiB of mapped memory", mapped_write},
    {"mapped_read", "GB/s", "read 64 MiB of mapped memory", mapped_read},
    {"dispatch", "us", "a dispatch of one invocation, wait", dispatch},
    {"startup", "ms", "from vkCreateInstance to the first submit's end", startup},
    {"idle", "wake-ups", "of all processes while nothing happens", idle},
    {"memory_total", "MiB", "memory of all processes, but for pages of files", memory_total},
    {"memory_context", "MiB", "memory of one more context and its application", memory_context,
     true},
    {"crowd", "fps", "100 draws a frame, each waited for, --busy of --clients at once", crowd,
     true},
    {"crowd_member", "fps", "one of a crowd", crowd_member},
    {"interactive", "us", "pace_60hz beside others that draw all they can", interactive, true}};

const Row* find_row(const std::string& name) {
    for (const Row& row : kRows)
        if (name == row.name) return &row;
    return nullptr;
}

void list_rows() {
    for (const Row& row : kRows) std::printf("%-22s %-8s %s\n", row.name, row.unit, row.what);
}

void print_json(const Row& row, const Result& result) {
    std::printf("{\"row\": \"%s\", \"unit\": \"%s\", \"value\": %.6g", row.name, row.unit,
                result.value);
    for (const auto& [name, value] : result.more)
        std::printf(", \"%s\": %.6g", name.c_str(), value);
    std::printf("}\n");
}

int run(const Options& options) {
    const Row* row = find_row(options.row);
    if (row == nullptr) {
        std::fprintf(stderr, "There is no row '%s'; --list shows them.\n", options.row.c_str());
        return 2;
    }
    print_json(*row, options.clients > 1 && !row->has_clients ? measure_clients(options)
                                                              : row->measure(options));
    return kExitPass;
}

}  // namespace
}  // namespace vgpu::bench

int main(int argc, char** argv) {
    using namespace vgpu::bench;
    CommandLine line("vgpu-bench", "Measures one row on the driver that the loader finds.");
    Options options;
    const bool& list = line.flag("--list", "print the rows and exit");
    const bool& quick = line.flag("--quick", "measure for 20 ms: only shows that it works");
    const std::string& seconds = line.text("--seconds", "S", "how long to measure (0.5)");
    const std::string& call =
        line.text("--call", "NAME", "for the call rows: " + call_names() + " (the first)");
    const std::uint32_t& clients =
        line.number("--clients", 1, "processes at once: their values added up, or a crowd's size");
    const std::uint32_t& busy = line.number("--busy", 0, "of a crowd: so many draw; 0: all");
    const bool& client = line.flag("--client", "be one of them: wait for a line before measuring");
    const std::string& row = line.operand("ROW", "the row to measure");
    line.parse(argc, argv);
    if (list) return list_rows(), 0;
    options.row = row;
    if (!seconds.empty()) options.seconds = std::atof(seconds.c_str());
    if (quick) options.seconds = 0.02;
    options.call = call;
    options.clients = clients;
    options.busy = busy;
    options.wait_for_start = client;
    return guarded([&] { return run(options); });
}
