#version 460
#extension GL_EXT_multiview : require
layout(location = 0) in vec3 position;
layout(location = 1) in dvec3 wide;
layout(location = 4) in mat4 turn;
layout(location = 0) out Out { vec4 color; flat ivec2 which; float list[3]; } sent;
layout(location = 8) centroid out vec2 place[2];
out gl_PerVertex { vec4 gl_Position; float gl_PointSize; float gl_ClipDistance[4]; float gl_CullDistance[2]; };
void main() {
    gl_Position = turn * vec4(position + vec3(wide), 1) + float(gl_DrawID + gl_BaseInstance + gl_ViewIndex);
    gl_PointSize = 1; gl_ClipDistance[3] = 1; gl_CullDistance[1] = 1;
    sent.color = vec4(gl_VertexIndex); sent.which = ivec2(gl_InstanceIndex); sent.list[2] = 1; place[1] = vec2(0);
}
