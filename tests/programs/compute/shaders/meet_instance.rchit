// Which instance was met.
#version 460
#extension GL_EXT_ray_tracing : require
layout(location = 0) rayPayloadInEXT uint value;

void main() { value = 1 + gl_InstanceCustomIndexEXT; }
