// Reads what the first subpass left at this very pixel and turns it into something else.
#version 450
layout(input_attachment_index = 0, set = 0, binding = 0) uniform subpassInput before;
layout(location = 0) out vec4 color;

void main() {
    vec4 seen = subpassLoad(before);
    color = vec4(1.0 - seen.rgb, 1.0);
}
