// Points on a spiral around the centre, made from nothing but the vertex index.
#version 450
layout(push_constant) uniform Push { vec4 color; float radius; float turn; };
layout(location = 0) out vec4 flat_color;

void main() {
    float angle = turn + float(gl_VertexIndex) * 2.399963;
    float distance = radius * (1.0 - float(gl_VertexIndex) * 0.06);
    gl_Position = vec4(distance * cos(angle), distance * sin(angle), 0.5, 1.0);
    gl_PointSize = 9.0;
    flat_color = color;
}
