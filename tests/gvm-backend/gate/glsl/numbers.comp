#version 460
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_shader_atomic_float : require
#extension GL_ARB_shader_clock : require
#extension GL_EXT_nonuniform_qualifier : require
#extension GL_EXT_shader_atomic_int64 : require
layout(local_size_x_id = 0, local_size_y_id = 1, local_size_z = 1) in;
layout(constant_id = 2) const int kCount = 4;
layout(constant_id = 3) const bool kTwice = false;
layout(buffer_reference) buffer Node;
layout(buffer_reference, scalar) buffer Node { Node next; uint value; };
layout(set = 0, binding = 0, scalar) buffer Mixed {
    uint8_t a; f16vec3 b; i64vec2 c; dmat3 d; vec3 e; float f; uint64_t g; Node list; mat4x3 rest[];
} mixed;
layout(set = 0, binding = 1, std430) buffer Many { uint words[]; } many[];
layout(set = 0, binding = 2) uniform Block { mat4 m[4]; layout(row_major) mat2x3 n; vec4 v; } block;
layout(set = 1, binding = 0, rgba16f) uniform image2D picture;
layout(set = 1, binding = 1) uniform samplerBuffer texels;
layout(set = 1, binding = 2, r32ui) uniform uimageBuffer counts;
layout(set = 1, binding = 3) uniform sampler2DArray pictures[8];
layout(push_constant) uniform Push { layout(offset = 16) vec4 color; uint index; mat3 turn; } push;
shared uint64_t wide[kCount];
shared vec3 narrow[16];
struct Pair { vec3 a; dvec2 b[3]; };
Pair twice(Pair p) { p.a *= 2; p.b[1] += p.b[0]; return p; }
void main() {
    const uint i = gl_LocalInvocationIndex;
    float own[kCount * 2];
    for (int k = 0; k < kCount * 2; ++k) own[k] = float(k) + push.color.x;
    Pair p = Pair(mixed.e, dvec2[3](dvec2(1), dvec2(2), dvec2(3)));
    p = kTwice ? twice(twice(p)) : twice(p);
    wide[i % kCount] = mixed.g + uint64_t(clockARB());
    narrow[i % 16] = block.n * vec2(push.turn[0].xy);
    barrier();
    atomicAdd(mixed.f, own[i % kCount]);
    atomicAdd(mixed.g, wide[0]);
    many[nonuniformEXT(push.index)].words[i] = subgroupAdd(i) + subgroupBallotBitCount(subgroupBallot(i > 2u));
    imageStore(picture, ivec2(i), texelFetch(texels, int(i)) + textureGrad(pictures[nonuniformEXT(i % 8u)], vec3(0), vec2(0), vec2(1)));
    imageAtomicAdd(counts, int(i), subgroupShuffle(i, 1u));
    Node node = mixed.list;
    while (node.value != 0u) node = node.next;
    mixed.b = f16vec3(p.a); mixed.d = dmat3(p.b[1].x); mixed.a = uint8_t(i); mixed.rest[i][0] = narrow[0];
    mixed.c = i64vec2(node.value);
}
