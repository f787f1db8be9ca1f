// values[i] = values[i] * 3 + amount: what has run, and in which order, shows in the result.
#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Values { uint values[]; };
layout(push_constant) uniform Push { uint amount; };

void main() {
    uint i = gl_GlobalInvocationID.x;
    values[i] = values[i] * 3 + amount;
}
