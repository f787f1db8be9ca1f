// Reads a texel buffer and a storage image, and writes another storage image.
#version 450
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0) uniform usamplerBuffer texels;
layout(set = 0, binding = 1, r32ui) uniform uimage2D before;
layout(set = 0, binding = 2, r32ui) uniform writeonly uimage2D after;

void main() {
    ivec2 here = ivec2(gl_GlobalInvocationID.xy);
    int index = here.y * imageSize(before).x + here.x;
    uint old = imageAtomicAdd(before, here, 1);
    imageStore(after, here.yx, uvec4(old + texelFetch(texels, index % textureSize(texels)).r));
}
