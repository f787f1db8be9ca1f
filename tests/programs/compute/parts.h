// What vgpu-compute computes, each part in a file of its own.
#pragma once

#include "common/program.h"

namespace vgpu::programs {

void scan(const Stage& stage);              // prefix sums in three dispatches
void matrices(const Stage& stage);          // matrix product with shared memory
void histogram(const Stage& stage);         // atomics, shared and global
void texels(const Stage& stage);            // texel buffers, image load, store and atomics
void indirect(const Stage& stage);          // the device decides the size of a dispatch
void push_descriptors(const Stage& stage);  // VK_KHR_push_descriptor
void addresses(const Stage& stage);         // buffer device addresses
void rays(const Stage& stage);              // acceleration structures, queries and a pipeline
void events(const Stage& stage);            // set and waited for by device and host
void timelines(const Stage& stage);         // timeline semaphores, also wait before signal
void late_writes(const Stage& stage);       // host memory written after the submit that reads it
void submits(const Stage& stage);           // many small submits, binary semaphores, all queues

}  // namespace vgpu::programs
