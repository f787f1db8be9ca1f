// How often each octet occurs: atomics in shared memory first, then in the buffer.
#version 450
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer Words { uint words[]; };
layout(set = 0, binding = 1) buffer Bins { uint bins[256]; };
layout(push_constant) uniform Push { uint count; };
shared uint local_bins[256];

void main() {
    local_bins[gl_LocalInvocationID.x] = 0;
    barrier();
    uint stride = gl_NumWorkGroups.x * 256;
    for (uint i = gl_GlobalInvocationID.x; i < count; i += stride)
        for (uint shift = 0; shift < 32; shift += 8)
            atomicAdd(local_bins[words[i] >> shift & 255], 1);
    barrier();
    atomicAdd(bins[gl_LocalInvocationID.x], local_bins[gl_LocalInvocationID.x]);
}
