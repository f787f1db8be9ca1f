// Triangles whose corners and place the host changes between submits.
#version 450
layout(location = 0) in vec2 position;
layout(location = 1) in vec4 vertex_color;
layout(set = 0, binding = 0) uniform Place { vec4 offset; };
layout(location = 0) out vec4 flat_color;

void main() {
    gl_Position = vec4(position + offset.xy, 0.0, 1.0);
    flat_color = vertex_color;
}
