#version 450
// Takes a while for each workgroup.
layout(local_size_x = 1) in;
layout(binding = 0) buffer Words { uint words[]; };

void main() {
    for (uint i = 0; i < 10000; ++i) words[i & 63u] = words[(i + 1) & 63u] * 5u + i;
}
