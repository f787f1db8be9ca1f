#version 460
#extension GL_EXT_demote_to_helper_invocation : require
#extension GL_ARB_shader_stencil_export : require
layout(early_fragment_tests) in;
layout(location = 0) in vec4 color;
layout(location = 1, component = 2) flat in int kind;
layout(location = 2) sample in vec2 place;
layout(location = 0, index = 0) out vec4 shown;
layout(location = 0, index = 1) out vec4 second;
layout(set = 0, binding = 0) uniform texture2D picture;
layout(set = 0, binding = 1) uniform sampler nearest;
layout(set = 0, binding = 2) uniform samplerShadow shadow_sampler;
layout(set = 0, binding = 3) uniform samplerCubeArrayShadow shadows;
layout(input_attachment_index = 1, set = 0, binding = 4) uniform subpassInputMS before;
layout(set = 0, binding = 5) uniform sampler2DMS samples;
vec4 look(vec2 at) { return textureGather(sampler2D(picture, nearest), at, 1); }
void main() {
    if (kind == 7) demote;
    vec4 sum = vec4(0);
    switch (kind) { case 0: sum = look(place); break; case 1: sum = subpassLoad(before, 2); default: sum += texelFetch(samples, ivec2(place), gl_SampleID); }
    sum += texture(sampler2DShadow(picture, shadow_sampler), vec3(place, 0.5)) + texture(shadows, vec4(1), 0.5);
    sum += interpolateAtOffset(color, vec2(0.1)) + dFdxFine(color) + float(gl_PrimitiveID) + gl_FragCoord;
    gl_SampleMask[0] = 3; gl_FragDepth = 0.5; gl_FragStencilRefARB = 1;
    shown = sum; second = sum;
}
