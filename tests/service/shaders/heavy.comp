#version 450
// Takes a driver long to compile: an array of 30,000 elements is copied as one value.
layout(local_size_x = 1) in;
struct Many { uint each[30000]; };
layout(binding = 0) buffer Words { Many words; };
void main() {
    Many own = words;
    for (uint i = 0; i < 30000; ++i) own.each[i] += own.each[(i * 7919) % 30000];
    words = own;
}
