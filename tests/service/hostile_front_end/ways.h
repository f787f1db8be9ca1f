// What a hostile front end does to its back end, each by its name.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>

#include "front_end.h"

namespace vgpu::hostile {

struct Way {
    FrontEnd& front;
    std::mt19937 random;
    int times;  // where a way does something again and again
};
// Each throws when the back end does what it must not: connects to nonsense, or no more at all.
const std::map<std::string, std::function<void(Way&)>>& ways();

}  // namespace vgpu::hostile
