// Cubes: one instance each, placed by a per-instance vector.
#version 450
layout(location = 0) in vec3 position;
layout(location = 1) in vec2 texture_position;
layout(location = 2) in vec3 instance_position;
layout(set = 0, binding = 0) uniform View { mat4 to_clip; };
layout(location = 0) out vec2 uv;

void main() {
    uv = texture_position;
    gl_Position = to_clip * vec4(position + instance_position, 1.0);
}
