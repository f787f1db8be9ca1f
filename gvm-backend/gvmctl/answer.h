// What a command of gvmctl has to say, for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace vgpu::gvmctl {

struct Answer {
    nlohmann::json data;  // what --json prints
    std::string text;     // what is printed otherwise
    int status = 0;       // the exit status
};

// Lines with their columns aligned; the first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

using Setting = std::pair<std::string, std::string>;  // key, value

}  // namespace vgpu::gvmctl
