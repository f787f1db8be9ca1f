// Shifts each pixel along a wave, from one storage image to another.
#version 450
layout(local_size_x = 16, local_size_y = 8) in;
layout(set = 0, binding = 0, rgba8) uniform readonly image2D before;
layout(set = 0, binding = 1, rgba8) uniform writeonly image2D after;
layout(set = 0, binding = 2) uniform Wave { ivec4 wave; };  // amplitude, period

void main() {
    ivec2 size = imageSize(before);
    ivec2 here = ivec2(gl_GlobalInvocationID.xy);
    if (any(greaterThanEqual(here, size))) return;
    // Integers only: a triangle wave, so that every driver gives the same pixels.
    int phase = abs(here.y % wave.y - wave.y / 2);
    int shift = wave.x * phase / wave.y;
    imageStore(after, here, imageLoad(before, ivec2((here.x + shift) % size.x, here.y)));
}
