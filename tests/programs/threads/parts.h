// What vgpu-threads does with its threads, each part in a file of its own.
#pragma once

#include <cstdint>

#include "common/program.h"

namespace vgpu::programs {

// Every thread records and submits with a pool of its own.
void record(const Stage& stage, std::uint32_t threads);
// Objects made by one thread, used by a second and destroyed by a third.
void handover(const Stage& stage, std::uint32_t threads);
// Command buffers that several threads record in turn.
void migrate(const Stage& stage, std::uint32_t threads);
// Pipelines compiled by all threads at once, with one cache.
void compile(const Stage& stage, std::uint32_t threads);
// Descriptor sets allocated, written, freed and reset by all threads at once.
void descriptors(const Stage& stage, std::uint32_t threads);
// All threads wait for the same fence and the same timeline semaphore.
void wait(const Stage& stage, std::uint32_t threads);

}  // namespace vgpu::programs
