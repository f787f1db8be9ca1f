"""The guest's entry points: those that only carry their arguments across, and the table of all."""

import text


def emit(plan, folder, files):
    entries = [c for c in plan.commands if c.vulkan and c.frontend != "none"]
    _header(plan, entries, folder)
    generated = [c for c in entries if c.frontend in ("generated", "absent")]
    for number, part in enumerate(text.parts(generated, files)):
        body = (
            '#include "entries.h"\n#include "icd/forward.h"\n\nnamespace vgpu::icd {\n\n'
            + "\n".join(_entry(c) for c in part)
            + "\n}  // namespace vgpu::icd\n"
        )
        text.cpp(f"{folder}/entries_{number}.cpp", "Entry points that carry their arguments across.", body)
    _table(plan, entries, folder)


def _signature(command):
    params = ",\n    ".join(p.text for p in command.params)
    return f"VKAPI_ATTR {command.result} VKAPI_CALL entry_{command.name}(\n    {params})"


def _header(plan, entries, folder):
    platforms = sorted({e.platform for e in plan.model.extensions.values()
                        if plan.extensions[e.name][0] and e.platform})  # fmt: skip
    system = {"xcb": "xcb/xcb.h"}
    includes = "".join(f"#include <{system[p]}>\n" for p in platforms if p in system)
    if "xlib" in platforms:
        # As X11/Xlib.h declares them: its macros (None, Bool, BadLength) would spoil other names.
        includes += "typedef struct _XDisplay Display;\ntypedef unsigned long VisualID, Window;\n"
    includes += "#include <vulkan/vulkan.h>\n"
    includes += "".join(f"#include <vulkan/vulkan_{p}.h>\n" for p in platforms)
    prototypes = "".join(f"{_signature(c)};\n" for c in entries)
    text.header(
        f"{folder}/entries.h",
        "Every Vulkan entry point of the guest.",
        f"#include <span>\n\n{includes}\nnamespace vgpu::icd {{\n\n{prototypes}\n"
        "// What vkGetInstanceProcAddr and vkGetDeviceProcAddr look up.\n"
        "struct Entry {\n    const char* name;\n    PFN_vkVoidFunction function;\n"
        "    std::span<const char* const> extensions;  // any of them brings it; none: core\n"
        "    bool device_level;\n"
        "    uint32_t version;  // of core; 0: an extension's\n};\n"
        "// Sorted by name.\nextern const std::span<const Entry> kEntries;\n"
        "// The entry of that name, or null.\nconst Entry* find_entry(const char* name);\n\n"
        "}  // namespace vgpu::icd\n",
    )


def _fill(command):
    """The designated initialisers of the command's Args_ structure."""
    values = []
    outs = {p.name: way for p, way in command.outs}
    for field in command.args:
        if field.element == "NewHandle":
            values.append(f".{field.name} = id")
        elif outs.get(field.name) == "count":
            array = next(p.name for p, way in command.outs if way == "array")
            values.append(f".{field.name} = {array} ? *{field.name} : 0")
        elif field.shape == "Fixed":
            continue
        else:
            values.append(f".{field.name} = {field.name}")
    return ", ".join(values)


def _entry(command):
    lines = [f"{_signature(command)} {{"]
    self_param = command.params[0].name
    if command.frontend == "absent":
        lines += [f"    (void){p.name};" for p in command.params]
        return "\n".join(lines + ["    return VK_ERROR_FEATURE_NOT_PRESENT;", "}\n"])
    lines += _unused(command)
    if command.effect == "destroy" and command.backend != "none":
        lines.append(f"    if (!{command.target.name}) return;")
    if not command.recorded:
        lines.append(f"    Context& context = context_of({self_param});")
    if command.effect == "create":
        lines.append("    const wire::ObjectId id = context.new_id();")
        lines.append("    if (id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;")
    if command.effect in ("destroy", "free_many"):
        lines.append("    context.order_after_all_channels();")
    lines.append(f"    wire::Args_{command.name} args{{{_fill(command)}}};")
    for field in command.args:
        if field.shape == "Fixed":
            lines.append(f"    std::memcpy(args.{field.name}, {field.name}, sizeof(args.{field.name}));")
    lines += _send(command, self_param)
    lines.append("}\n")
    return "\n".join(lines)


def _unused(command):
    used = {f.name for f in command.args} | {p.name for p, _ in command.outs} | {command.params[0].name}
    return [f"    (void){p.name};" for p in command.params if p.name not in used]


def _send(command, self_param):
    if command.recorded:
        return [f"    record({self_param}, args);"]
    if not command.replies:
        lines = ["    post(context, args);"]
        if command.effect == "create":
            made = command.target
            lines.append(f"    *{made.name} = handle_of<{made.type}>(id);")
        if command.effect == "destroy":
            lines.append(f"    context.recycle_id(id_of({command.target.name}));")
        if command.effect == "free_many":
            count = command.target.count
            lines.append(f"    for (std::uint32_t i = 0; i < {count}; ++i)")
            lines.append(f"        if ({command.target.name}[i]) context.recycle_id(id_of({command.target.name}[i]));")
        if command.result == "VkResult":
            lines.append("    return context.lost() ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;")
        return lines
    return _call(command)


def _call(command):
    lines = [f"    wire::Reply_{command.name} reply{{}};"]
    for param, way in command.outs:
        if way == "single":
            lines.append(f"    reply.{param.name} = {param.name};")
        elif way == "array":
            lines.append(f"    reply.{param.name} = {param.name};")
            field = next(f for f in command.args if f.name == param.name)
            lines.append(f"    reply.{param.name}_capacity = {_capacity(command, field)};")
    failure = {"VkResult": "VK_ERROR_DEVICE_LOST", "void": ""}.get(command.result, f"{command.result}{{}}")
    if command.effect == "create":
        lines.append("    if (!call(context, args, reply)) {")
        lines.append("        context.recycle_id(id);")
        lines.append(f"        return {failure};\n    }}")
        lines.append("    if (reply.result < VK_SUCCESS)")
        lines.append("        context.recycle_id(id);")
        lines.append("    else")
        lines.append(f"        *{command.target.name} = handle_of<{command.target.type}>(id);")
    else:
        lines.append(f"    if (!call(context, args, reply)) {_on_loss(command, failure)}")
    for param, way in command.outs:
        if way == "count":
            lines.append(f"    *{param.name} = reply.{param.name};")
    if command.result != "void":
        lines.append("    return reply.result;")
    return lines


def _on_loss(command, failure):
    """Says nothing, rather than leave what the application reads next unset."""
    unset = [f"*{p.name} = 0" for p, way in command.outs if way == "count"]
    unset += [f"clear_answer(*{p.name})" for p, way in command.outs if way == "single"]
    if not unset:
        return f"return {failure};" if failure else "return;"
    unset.append(f"return {failure}".rstrip())
    return "{\n" + "".join(f"        {line};\n" for line in unset) + "    }"


def _capacity(command, field):
    counted = {p.name for p, way in command.outs if way == "count"}
    if field.count in counted:
        return f"args.{field.count}"
    if field.count_via:
        return f"{field.count_via}->{field.count}"
    return field.count


def _table(plan, entries, folder):
    brings = plan.command_extensions
    rows, lists = [], {}
    by_name = {c.name: c for c in entries}
    names = dict.fromkeys(by_name)
    for alias, target in plan.command_aliases.items():
        if target in by_name:
            names[alias] = None
    for name in sorted(names):
        command = by_name.get(name) or by_name[plan.command_aliases[name]]
        extensions = brings.get(name) or []
        if extensions and tuple(extensions) not in lists:
            lists[tuple(extensions)] = f"kBring{len(lists)}"
        extension = lists[tuple(extensions)] if extensions else "{}"
        first = command.params[0].type if command.params else ""
        level = "true" if first in ("VkDevice", "VkQueue", "VkCommandBuffer") else "false"
        rows.append(
            f'    {{"{name}", reinterpret_cast<PFN_vkVoidFunction>(entry_{command.name}), '
            f"{extension}, {level}, {text.core_version(plan.command_versions.get(name))}}},\n"
        )
    bringers = "".join(
        f"constexpr const char* {name}[] = {{{', '.join(f'{chr(34)}{e}{chr(34)}' for e in extensions)}}};\n"
        for extensions, name in lists.items()
    )
    body = (
        '#include "entries.h"\n\n#include <algorithm>\n#include <cstring>\n\n'
        "namespace vgpu::icd {\n\nnamespace {\n\n"
        + bringers
        + "\nconst Entry kEntryTable[] = {\n"
        + "".join(rows)
        + "};\n\n}  // namespace\n\nconst std::span<const Entry> kEntries{kEntryTable};\n\n"
        "const Entry* find_entry(const char* name) {\n"
        "    const auto at = std::lower_bound(\n        kEntries.begin(), kEntries.end(), name,\n"
        "        [](const Entry& entry, const char* wanted) { return std::strcmp(entry.name, wanted) < 0; });\n"
        "    return at != kEntries.end() && std::strcmp(at->name, name) == 0 ? &*at : nullptr;\n}\n\n"
        "}  // namespace vgpu::icd\n"
    )
    text.cpp(f"{folder}/entry_table.cpp", "Every entry point by name.", body)
