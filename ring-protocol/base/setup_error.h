// What a program throws when the machine lacks something at start; the text names the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace vgpu {

// Thrown only while a program sets itself up, never on a ring thread or in a Vulkan entry point.
class SetupError : public std::runtime_error {
  public:
    // what_happened and remedy are present-tense sentences with values.
    SetupError(const std::string& what_happened, const std::string& remedy)
        : std::runtime_error(what_happened + " " + remedy) {}
};

}  // namespace vgpu
