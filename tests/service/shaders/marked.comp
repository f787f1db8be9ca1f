#version 450
// Constants of this shader are found by their values and changed; see bad_shaders.cpp.
layout(local_size_x_id = 0, local_size_y = 1, local_size_z = 1) in;
layout(constant_id = 1) const int kLength = 4;
layout(binding = 0) buffer Words { uint words[]; };
layout(push_constant) uniform Push { uint pushed; };
shared uint common_words[1111];
void main() {
    uint own[2222];
    uint some[kLength];
    for (uint i = 0; i < kLength; ++i) some[i] = i + pushed;
    own[pushed % 2222] = some[pushed % kLength];
    common_words[pushed % 1111] = own[words[1] % 2222];
    words[0] = common_words[words[2] % 1111] + own[pushed % 2222];
}
