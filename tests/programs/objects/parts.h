// What vgpu-objects queries and creates, each part in a file of its own.
#pragma once

#include "common/program.h"

namespace vgpu::programs {

void physical(const Stage& stage);      // the queries of core 1.0 and 1.1, one hash each
void chains(const Stage& stage);        // every struct of the features and properties chains
void formats(const Stage& stage);       // format and image format properties
void devices(const Stage& stage);       // instances, device groups, several devices at once
void older(const Stage& stage);         // an application of Vulkan 1.1 with extensions
void requirements(const Stage& stage);  // sizes, alignments and layouts of resources
void memory(const Stage& stage);        // allocation, mapping, flushing, binding in every form
void plain(const Stage& stage);         // fences, semaphores, events, queries, samplers, views
void descriptors(const Stage& stage);   // layouts with flags, inline blocks, copies, templates
void passes(const Stage& stage);        // render passes of both kinds, framebuffers, pipelines
void caches(const Stage& stage);        // pipeline caches and their data, private data
void allocators(const Stage& stage);    // the application's own host allocator

}  // namespace vgpu::programs
