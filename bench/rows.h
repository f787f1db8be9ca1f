// All rows that vgpu-bench measures, one function each.
#pragma once

#include "measure.h"

namespace vgpu::bench {

// submits.cpp
Result submit_empty(const Options& options);
Result submit_command_buffer(const Options& options);
Result submit_timeline(const Options& options);
Result submit_after_idle(const Options& options);
Result dispatch(const Options& options);
Result roundtrip_4k(const Options& options);
// calls_and_polls.cpp
Result call_busy(const Options& options);
Result call_idle(const Options& options);
Result poll_fence(const Options& options);
Result poll_timeline(const Options& options);
Result poll_event(const Options& options);
Result poll_query(const Options& options);
std::string call_names();
// record.cpp
Result record(const Options& options);
Result null_command(const Options& options);
// frames.cpp
Result frames(const Options& options);
Result frame_cpu(const Options& options);
Result pace_60hz(const Options& options);
// objects.cpp
Result create_buffer(const Options& options);
Result create_image_view(const Options& options);
Result create_fence(const Options& options);
Result descriptor_update(const Options& options);
Result shader_new(const Options& options);
Result shader_known(const Options& options);
// memory_rows.cpp
Result memory_64k(const Options& options);
Result memory_16m(const Options& options);
Result mapped_write(const Options& options);
Result mapped_read(const Options& options);
// whole_process.cpp
Result startup(const Options& options);
Result idle(const Options& options);
Result memory_total(const Options& options);
// crowd.cpp
Result crowd(const Options& options);
Result crowd_member(const Options& options);
Result interactive(const Options& options);
Result memory_context(const Options& options);

}  // namespace vgpu::bench
