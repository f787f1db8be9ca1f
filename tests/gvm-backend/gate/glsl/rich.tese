#version 460
layout(quads, fractional_even_spacing, cw) in;
layout(location = 0) in vec4 color[];
layout(location = 1) patch in vec4 whole[2];
layout(location = 0) out vec4 sent;
void main() { gl_Position = mix(gl_in[0].gl_Position, gl_in[1].gl_Position, gl_TessCoord.x); sent = color[0] + whole[1]; }
