// product = left * right for square matrices, a tile at a time through shared memory.
#version 450
layout(constant_id = 0) const uint kSide = 16;
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) readonly buffer Left { float left[]; };
layout(set = 0, binding = 1) readonly buffer Right { float right[]; };
layout(set = 0, binding = 2) writeonly buffer Product { float product[]; };
shared float left_tile[16][16], right_tile[16][16];

void main() {
    uvec2 here = gl_LocalInvocationID.xy, cell = gl_GlobalInvocationID.xy;
    float sum = 0.0;
    for (uint tile = 0; tile < kSide; tile += 16) {
        left_tile[here.y][here.x] = left[cell.y * kSide + tile + here.x];
        right_tile[here.y][here.x] = right[(tile + here.y) * kSide + cell.x];
        barrier();
        for (uint i = 0; i < 16; ++i) sum += left_tile[here.y][i] * right_tile[i][here.x];
        barrier();
    }
    product[cell.y * kSide + cell.x] = sum;
}
