// Follows a list of buffers by their addresses and adds up what the nodes hold.
#version 450
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
layout(local_size_x = 1) in;
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Node {
    uvec2 next;
    uint value;
    uint result;
};
layout(push_constant) uniform Push { uvec2 first; };

void main() {
    uint sum = 0;
    for (uvec2 at = first; at != uvec2(0); at = Node(at).next) sum += Node(at).value;
    Node(first).result = sum;
}
