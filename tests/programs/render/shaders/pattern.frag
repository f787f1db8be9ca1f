// One of several patterns, chosen when the pipeline is made.
#version 450
layout(constant_id = 0) const int kPattern = 0;
layout(constant_id = 1) const float kScale = 16.0;
layout(location = 0) in vec4 flat_color;
layout(location = 0) out vec4 color;

void main() {
    ivec2 cell = ivec2(gl_FragCoord.xy / kScale);
    bool on = true;
    if (kPattern == 1) on = ((cell.x ^ cell.y) & 1) == 0;
    if (kPattern == 2) on = (cell.x & 1) == 0;
    if (kPattern == 3) discard;
    color = on ? flat_color : vec4(flat_color.bgr, flat_color.a);
}
