// As little as a shader can do.
#version 450
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) buffer Counter { uint counter; };

void main() { ++counter; }
