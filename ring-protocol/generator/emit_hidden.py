"""hidden.cpp: the members that answers show as 0 and demands may not set, as policy.toml says."""

import text


def emit(plan, policy, folder):
    rows = ""
    for name in sorted(plan.structs):
        struct = plan.structs[name]
        for field in struct.fields:
            if not policy.member(name, field.name).get("hidden"):
                continue
            rows += (f'    {{"{name}.{field.name}", {struct.stype}, offsetof({name}, {field.name}), '
                     f"sizeof({name}::{field.name})}},\n")  # fmt: skip
    table = f"constexpr HiddenMember kHiddenTable[] = {{\n{rows}}};\n\n" if rows else ""
    text.cpp(
        f"{folder}/hidden.cpp",
        "Members that are shown as 0.",
        '#include "wire/hidden.h"\n\n#include <vulkan/vulkan.h>\n\n#include <cstddef>\n\n'
        "namespace vgpu::wire {\n\n"
        f"{table}const std::span<const HiddenMember> kHiddenMembers{'{kHiddenTable}' if rows else ''};\n\n"
        "}  // namespace vgpu::wire\n",
    )
