// A small triangle where the push constants say.
#version 450
layout(push_constant) uniform Push { vec4 place; };

void main() {
    vec2 corner = vec2(gl_VertexIndex & 1, gl_VertexIndex >> 1) * 0.05;
    gl_Position = vec4(place.xy + corner, place.z, 1.0);
}
