#version 460
layout(vertices = 4) out;
layout(location = 0) in In { vec4 color; } got[];
layout(location = 0) out vec4 color[];
layout(location = 1) patch out vec4 whole[2];
void main() {
    color[gl_InvocationID] = got[gl_InvocationID].color;
    gl_out[gl_InvocationID].gl_Position = gl_in[gl_InvocationID].gl_Position;
    barrier();
    whole[1] = color[3];
    gl_TessLevelOuter[0] = gl_TessLevelInner[1] = 4;
}
