"""commands.h: the number of each command, and its arguments and reply as plain structures."""

import text


def emit(plan, folder):
    wired = [c for c in plan.commands if c.on_wire]
    numbers = "".join(f"    {c.name} = {c.number},\n" for c in wired)
    structs = "".join(_structures(c) for c in wired)
    text.header(
        f"{folder}/commands.h",
        "Commands that cross, with what they carry.",
        "#include <vulkan/vulkan.h>\n\n#include <cstddef>\n#include <cstdint>\n\n"
        '#include "object_types.h"\n#include "wire/description.h"\n#include "wire/ids.h"\n'
        '#include "wire/service_types.h"\n\n'
        "namespace vgpu::wire {\n\n"
        f"enum class Command : std::uint16_t {{\n{numbers}}};\n\n{structs}"
        "}  // namespace vgpu::wire\n",
    )


def member(field):
    """The declaration of a field inside an Args_ structure."""
    c_type = field.c_type
    if field.shape == "Fixed":
        return f"{c_type.removeprefix('const ')} {field.name}[{field.length}]"
    return f"{c_type} {field.name}"


def _structures(command):
    lines = [f"struct Args_{command.name} {{",
             f"    static constexpr Command kCommand = Command::{command.name};",
             f"    static constexpr Layout kLayout = Layout::{command.layout};"]  # fmt: skip
    for field in command.args:
        lines.append(f"    {member(field)};")
    for field in command.args:
        if field.keeps_id and field.shape == "Array":
            lines.append(f"    const ObjectId* {field.name}_ids;")
        elif field.keeps_id:
            lines.append(f"    ObjectId {field.name}_id;")
    lines += ["};", f"struct Reply_{command.name} {{"]
    for field in command.reply:
        lines.append(f"    {member(field)};")
    for field in command.reply:
        if field.shape == "Array":
            lines.append(f"    std::uint64_t {field.name}_count;")
            lines.append(f"    std::uint64_t {field.name}_capacity;")
    lines.append("};\n")
    return "\n".join(lines) + "\n"
