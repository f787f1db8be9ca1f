// values[i] = values[i] * factor + i
#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Values { uint values[]; };
layout(set = 0, binding = 1) uniform Factor { uint factor; };

void main() {
    uint i = gl_GlobalInvocationID.x;
    values[i] = values[i] * factor + i;
}
