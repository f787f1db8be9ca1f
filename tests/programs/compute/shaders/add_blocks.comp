// Adds to each block what all the blocks before it sum up to.
#version 450
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) buffer Values { uint values[]; };
layout(set = 0, binding = 1) readonly buffer Totals { uint totals[]; };

void main() {
    if (gl_WorkGroupID.x > 0) values[gl_GlobalInvocationID.x] += totals[gl_WorkGroupID.x - 1];
}
