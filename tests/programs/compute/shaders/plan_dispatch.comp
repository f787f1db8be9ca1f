// Decides on the device how many groups the next, indirect dispatch has.
#version 450
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) writeonly buffer Plan { uint groups[3]; };
layout(push_constant) uniform Push { uint x; uint y; };

void main() {
    groups[0] = x;
    groups[1] = y;
    groups[2] = x + y;
}
