#version 460
layout(triangles, invocations = 2) in;
layout(triangle_strip, max_vertices = 12) out;
layout(location = 0) in vec4 color[];
layout(location = 0) out vec4 sent;
void main() {
    for (int i = 0; i < 3; ++i) { gl_Position = gl_in[i].gl_Position; sent = color[i]; gl_Layer = gl_InvocationID; gl_ViewportIndex = 1; EmitVertex(); }
    EndPrimitive();
}
