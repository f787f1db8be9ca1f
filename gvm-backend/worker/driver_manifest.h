// Which of the host's Vulkan drivers a process loads.
#pragma once

#include <string>
#include <vector>

namespace vgpu::worker {

// The manifests that the Vulkan loader takes drivers from, in its order: those that VK_DRIVER_FILES
// (or VK_ICD_FILENAMES, its older name) lists, else the system's (Vulkan-Loader,
// LoaderDriverInterface.md, "Driver Discovery").
std::vector<std::string> driver_manifests();

// From the next instance on the loader of this process finds that driver alone. For a process with
// one thread.
void use_driver_alone(const std::string& manifest);

}  // namespace vgpu::worker
