// Copies a uniform block, which may be an inline one, to a buffer.
#version 450
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) uniform Block { uvec4 words[4]; };
layout(set = 0, binding = 1) writeonly buffer Copy { uvec4 copied[4]; };

void main() {
    for (uint i = 0; i < 4; ++i) copied[i] = words[i];
}
