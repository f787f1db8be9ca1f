// Looks for hidden members in pNext chains.
#include <cstring>

#include "wire/fields.h"
#include "wire/hidden.h"

namespace vgpu::wire {

using namespace fields;

void hide(void* next) {
    for (auto* at = static_cast<Header*>(next); at; at = at->next)
        for (const HiddenMember& hidden : kHiddenMembers)
            if (hidden.stype == at->stype) std::memset(member(at, hidden.offset), 0, hidden.size);
}

const char* asks_for_hidden(const void* next) {
    static constexpr std::uint8_t kZeros[16] = {};
    for (auto* at = static_cast<const Header*>(next); at; at = at->next)
        for (const HiddenMember& hidden : kHiddenMembers)
            if (hidden.stype == at->stype &&
                std::memcmp(member(at, hidden.offset), kZeros, hidden.size) != 0)
                return hidden.name;
    return nullptr;
}

}  // namespace vgpu::wire
