"""The host's side of each command: the call of the driver, and what it makes or ends."""

import text


def emit(plan, folder, files):
    wired = [c for c in plan.commands if c.on_wire]
    _host_vulkan(plan, folder)
    prototypes = "".join(
        f"void replay_{c.name}(Replay& replay, wire::Args_{c.name}& args, wire::Reply_{c.name}& reply);\n"
        for c in wired
    )
    runners = "".join(f"void run_{c.name}(Replay& replay, Payload payload);\n" for c in wired)
    text.header(
        f"{folder}/replays.h",
        "What the host does for each command; hand-written ones are in gvm-backend/replay.",
        '#include "commands.h"\n#include "replay/payload.h"\n\nnamespace vgpu::replay {\n\nclass Replay;\n\n'
        f"{prototypes}\n"
        "// From a record's payload on: decodes it, does it, answers.\n"
        f"{runners}\n}}  // namespace vgpu::replay\n",
    )
    for number, part in enumerate(text.parts(wired, files)):
        body = (
            '#include "replay/run.h"\n#include "replays.h"\n\n'
            "namespace vgpu::replay {\n\n"
            + "\n".join(_replay(c) for c in part if c.backend == "generated")
            + "\n" + "".join(_runner(c) for c in part)
            + "\n}  // namespace vgpu::replay\n"
        )  # fmt: skip
        text.cpp(f"{folder}/replays_{number}.cpp", "Calls of the driver.", body)
    _table(wired, folder)


def _host_vulkan(plan, folder):
    names = [c.name for c in plan.commands if c.vulkan and not _guest_only(c)]
    members = "".join(f"    PFN_{n} {n} = nullptr;\n" for n in names)
    aliases = {}
    for alias, target in plan.command_aliases.items():
        aliases.setdefault(target, []).append(alias)
    loads = "".join(
        _load(name, text.core_version(plan.command_versions.get(name)), aliases.get(name, []))
        for name in names
    )
    text.header(
        f"{folder}/host_vulkan.h",
        "The host driver's functions, as the loader gives them for an instance.",
        "#include <vulkan/vulkan.h>\n\nnamespace vgpu::replay {\n\n"
        f"struct HostVulkan {{\n{members}}};\n\n"
        "// `version` is what the device serves. A command that came to the core later is loaded by the\n"
        "// name that its extension gave it: the loader has a function for every name it knows, but the\n"
        "// core's leads nowhere on such a device.\n"
        "HostVulkan load_host_vulkan(VkInstance instance, uint32_t version,\n"
        "                            PFN_vkGetInstanceProcAddr get);\n\n"
        "}  // namespace vgpu::replay\n",
    )
    text.cpp(
        f"{folder}/host_vulkan.cpp",
        "Loads the host driver's functions.",
        '#include "host_vulkan.h"\n\nnamespace vgpu::replay {\n\n'
        "HostVulkan load_host_vulkan(VkInstance instance, uint32_t version,\n"
        "                            PFN_vkGetInstanceProcAddr get) {\n"
        f"    (void)version;\n    HostVulkan vk;\n{loads}    return vk;\n}}\n\n}}  // namespace vgpu::replay\n",
    )


def _load(name, version, aliases):
    """Statements that set one member: the core's name where the device has that core, then the rest."""
    set_it = f"vk.{name} = reinterpret_cast<PFN_{name}>(get(instance, "
    if not aliases:
        return f'    {set_it}"{name}"));\n'
    # KHR before EXT: an EXT form that became KHR is the one that fewer drivers have.
    ordered = sorted(aliases, key=lambda alias: (not alias.endswith("KHR"), alias))
    first = f"    if (version >= {version})\n    " if version != "0" else ""
    code = f'{first}    {set_it}"{name}"));\n'
    for alias in ordered + ([name] if first else []):
        code += f'    if (!vk.{name})\n        {set_it}"{alias}"));\n'
    return code


def _guest_only(command):
    windows = ("Surface", "Swapchain", "Present", "NextImage", "ProcAddr")
    return command.backend == "none" and any(w in command.name for w in windows)


def _replay(command):
    lines = [
        f"void replay_{command.name}(Replay& replay, wire::Args_{command.name}& args,\n"
        f"                           wire::Reply_{command.name}& reply) {{"
    ]
    if not command.replies:
        lines.append("    (void)reply;")
    lines.append(f"    if (!replay.vk().{command.name}) return replay.unserved(\"{command.name}\");")
    lines += {
        "plain": _plain, "create": _create, "create_many": _create_many,
        "destroy": _destroy, "free_many": _free_many,
    }[command.effect](command)  # fmt: skip
    lines.append("}\n")
    return "\n".join(lines)


def _arguments(command, made=None):
    """The driver call's arguments, from what was decoded."""
    outs = {p.name: way for p, way in command.outs}
    known = {f.name for f in command.args}
    words = []
    for param in command.params:
        if made and param.name == command.target.name:
            words.append(made)
        elif outs.get(param.name) == "count":
            words.append(f"&args.{param.name}")
        elif param.name in known:
            words.append(f"args.{param.name}")
        else:
            words.append("nullptr")
    return ", ".join(words)


def _call(command, made=None):
    return f"replay.vk().{command.name}({_arguments(command, made)})"


def _plain(command):
    lines = []
    if command.replies and command.result != "void":
        lines.append(f"    reply.result = {_call(command)};")
    elif command.result == "VkResult":
        lines.append(f'    replay.expect({_call(command)}, "{command.name}");')
    else:
        lines.append(f"    {_call(command)};")
    for param, way in command.outs:
        lines.append(f"    reply.{param.name} = args.{param.name};")
        if way == "array":
            lines.append(f"    reply.{param.name}_count = args.{param.name} ? {_count(command, param.name)} : 0;")
    if command.after:
        outs = [p.name for p, way in command.outs if way == "single"]
        lines += [f"    replay.{command.after}(args.{command.params[0].name}, *args.{name});" for name in outs]
        lines += [
            f"    if (args.{p.name}) replay.{command.after}(args.{command.params[0].name}, "
            f"std::span(args.{p.name}, {_count(command, p.name)}));"
            for p, way in command.outs
            if way == "array"
        ]
    return lines


def _count(command, name):
    field = next(f for f in command.args if f.name == name)
    if field.count_via:
        return f"args.{field.count_via}->{field.count}"
    return f"args.{field.count}"


def _create(command):
    made = command.target
    lines = [f"    {made.type} made{{}};"]
    if command.result == "VkResult":
        lines.append(f"    const VkResult result = {_call(command, '&made')};")
    else:
        lines.append(f"    {_call(command, '&made')};")
        lines.append("    const VkResult result = VK_SUCCESS;")
    if command.replies:
        lines.append("    reply.result = result;")
    told = "true" if command.replies else "false"
    lines.append(f'    replay.made(args.{made.name}, made, result, {told}, "{command.name}");')
    return lines


def _create_many(command):
    made = command.target
    count = f"args.{made.count_via}->{made.count}" if made.count_via else f"args.{made.count}"
    lines = [
        f"    auto* made = replay.scratch<{made.type}>({count});",
        "    if (!made) return;",
        f"    const VkResult result = {_call(command, 'made')};",
    ]
    if command.replies:
        lines.append("    reply.result = result;")
    told = "true" if command.replies else "false"
    lines.append(
        f'    replay.made_many(args.{made.name}, made, {count}, result, {told}, "{command.name}");'
    )
    return lines


def _destroy(command):
    return [
        f"    replay.destroy(args.{command.target.name}_id, [vk = &replay.vk(), args] {{",
        f"        {_call(command).replace('replay.vk().', 'vk->')};",
        "    });",
    ]


def _free_many(command):
    target, pool = command.target, command.pool
    return [
        f"    if (!replay.freed(args.{target.name}_ids, args.{target.count}, args.{pool.name}_id)) return;",
        f"    {'(void)' if command.result == 'VkResult' else ''}{_call(command)};",
    ]


def _runner(command):
    replies = str(command.replies).lower()
    return (
        f"void run_{command.name}(Replay& replay, Payload payload) {{\n"
        f"    run<wire::Args_{command.name}, wire::Reply_{command.name}, replay_{command.name}, {replies}>("
        "replay, payload);\n}\n"
    )


def _table(wired, folder):
    by_number = {c.number: c for c in wired}
    rows = []
    for number in range(max(by_number) + 1):
        c = by_number.get(number)
        if not c:
            rows.append("    {},\n")
            continue
        rows.append(f"    {{run_{c.name}, {str(c.recorded).lower()}, {str(c.replies).lower()}}},\n")
    text.cpp(
        f"{folder}/replay_table.cpp",
        "What the host serves, by command number.",
        '#include "replay/replay.h"\n#include "replays.h"\n\n'
        "namespace vgpu::replay {\n\nnamespace {\n\n"
        f"constexpr Served kTable[] = {{\n{''.join(rows)}}};\n\n}}  // namespace\n\n"
        "const std::span<const Served> kServed{kTable};\n\n}  // namespace vgpu::replay\n",
    )
