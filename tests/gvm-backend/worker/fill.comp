// Writes a value that depends on the index, so that a compiled shader's work can be told.
#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Words { uint words[]; };
void main() { words[gl_GlobalInvocationID.x] = gl_GlobalInvocationID.x * 3u + 5u; }
