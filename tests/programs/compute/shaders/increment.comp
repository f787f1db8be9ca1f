// Adds a number to one counter, once for each invocation.
#version 450
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) buffer Counters { uint counters[]; };
layout(push_constant) uniform Push { uint index; uint amount; };

void main() { atomicAdd(counters[index], amount); }
