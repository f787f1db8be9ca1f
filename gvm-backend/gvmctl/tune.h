// The tuning keys of a device: set, read and unset by an administrator.
#pragma once

#include <string>
#include <vector>

#include "gvmctl/answer.h"
#include "gvmctl/device.h"
#include "gvmctl/xenstore.h"

namespace vgpu::gvmctl {

// "key=value". Throws SetupError when there is no "=".
Setting parse_setting(const std::string& text);
// Throws SetupError with the sentence of the first that makes no sense.
void check_settings(const std::vector<Setting>& settings);

// All of them, or none. The back end takes them over at once.
Answer set(Xenstore& store, const Device& device, const std::vector<Setting>& settings);
// The named keys (all, when none is), with what holds and where it comes from.
Answer get(const Xenstore& store, const Device& device, const std::vector<std::string>& keys);
Answer unset(Xenstore& store, const Device& device, const std::vector<std::string>& keys);

}  // namespace vgpu::gvmctl
