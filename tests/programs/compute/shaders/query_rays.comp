// Sends one ray for each pixel straight ahead, by a query, and says which instance it meets.
#version 460
#extension GL_EXT_ray_query : require
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0) uniform accelerationStructureEXT scene;
layout(set = 0, binding = 1, std430) buffer Result { uint met[]; };

void main() {
    const vec2 at = (vec2(gl_GlobalInvocationID.xy) + 0.5) / 16.0 * 4.0 - 2.0;
    rayQueryEXT query;
    rayQueryInitializeEXT(query, scene, gl_RayFlagsOpaqueEXT, 0xff, vec3(at, -5.0), 0.0,
                          vec3(0.0, 0.0, 1.0), 100.0);
    while (rayQueryProceedEXT(query)) {}
    uint value = 0;
    if (rayQueryGetIntersectionTypeEXT(query, true) != gl_RayQueryCommittedIntersectionNoneEXT)
        value = 1 + rayQueryGetIntersectionInstanceCustomIndexEXT(query, true);
    met[gl_GlobalInvocationID.y * 16 + gl_GlobalInvocationID.x] = value;
}
