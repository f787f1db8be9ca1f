// Pointers that are declared before what they point at: in structures, and in arrays of them.
#version 460
#extension GL_EXT_buffer_reference : require
layout(local_size_x = 1) in;
layout(buffer_reference) buffer Node;
layout(buffer_reference, std430) buffer Node {
    int value;
    Node next;
    Node children[3];
};
layout(set = 0, binding = 0, std430) buffer Result {
    Node roots[2];
    int sums[];
};

void main() {
    Node at = roots[gl_WorkGroupID.x & 1];
    int sum = 0;
    for (int i = 0; i < 3; ++i) sum += at.children[i].value + at.next.value;
    at.next.children[1] = at;
    sums[gl_WorkGroupID.x] = sum;
}
