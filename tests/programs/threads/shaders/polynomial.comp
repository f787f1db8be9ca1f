// A different shader for each value of the constants, so that each costs a compilation.
#version 450
layout(constant_id = 0) const uint kFactor = 1;
layout(constant_id = 1) const uint kRounds = 1;
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Values { uint values[]; };

void main() {
    uint value = gl_GlobalInvocationID.x;
    for (uint i = 0; i < kRounds; ++i) value = value * kFactor + i;
    values[gl_GlobalInvocationID.x] = value;
}
