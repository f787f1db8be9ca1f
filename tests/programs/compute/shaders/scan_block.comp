// Inclusive prefix sums within blocks of 256 numbers; the total of each block goes to `totals`.
#version 450
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) buffer Values { uint values[]; };
layout(set = 0, binding = 1) buffer Totals { uint totals[]; };
shared uint sums[256];

void main() {
    uint here = gl_LocalInvocationID.x;
    sums[here] = values[gl_GlobalInvocationID.x];
    for (uint step = 1; step < 256; step *= 2) {
        barrier();
        uint below = here >= step ? sums[here - step] : 0;
        barrier();
        sums[here] += below;
    }
    values[gl_GlobalInvocationID.x] = sums[here];
    if (here == 255) totals[gl_WorkGroupID.x] = sums[255];
}
