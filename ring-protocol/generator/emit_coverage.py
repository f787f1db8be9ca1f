"""coverage.md: every command, structure and extension of the registry, and which way it goes."""

import plan as planning
import text


def emit(plan, policy, path):
    lines = ["# Coverage of the Vulkan registry", "",
             "Generated with the wire from the registry of the machine that built it. Every command,",
             "structure and extension of that registry stands here with its way or its refusal.", ""]  # fmt: skip
    lines += _summary(plan, policy) + _extensions(plan, policy) + _commands(plan, policy) + _structs(plan, policy)
    text.write(path, "\n".join(lines) + "\n")


def _way(command):
    if not command.on_wire:
        return "answered in the guest"
    sides = {("generated", "generated"): "generated", ("hand", "generated"): "guest half by hand",
             ("generated", "hand"): "host half by hand", ("none", "hand"): "service command"}  # fmt: skip
    return sides.get((command.frontend, command.backend), "both halves by hand")


def extension_way(plan, policy, name):
    if plan.extensions[name][0]:
        return "answered in the guest" if policy.extension(name).get("guest") else "carried"
    extension = plan.model.extensions[name]
    if policy.extension(name):
        return "refused"
    if not extension.supported:
        return "disabled"
    return "elsewhere" if extension.platform in planning.ELSEWHERE else "refused"


def _summary(plan, policy):
    ways = {}
    for command in plan.commands:
        ways[_way(command)] = ways.get(_way(command), 0) + 1
    extensions = [extension_way(plan, policy, name) for name in plan.extensions]
    count = extensions.count
    offered = len(extensions) - count("disabled") - count("elsewhere")
    lines = ["| what | number |", "|---|---|",
             f"| commands of the registry | {len(plan.model.commands)} |"]  # fmt: skip
    lines += [f"| ... {way} | {count} |" for way, count in sorted(ways.items())]
    lines += [f"| structures carried | {len(plan.structs)} of {len(plan.model.structs)} |",
              f"| extensions of the registry for Linux | {offered} |",
              f"| ... carried | {count('carried')} |",
              f"| ... answered in the guest | {count('answered in the guest')} |",
              f"| ... refused, with the reason below | {count('refused')} |",
              f"| extensions of other platforms | {count('elsewhere')} |",
              f"| numbers that the registry disables | {count('disabled')} |", ""]  # fmt: skip
    return lines


def _extensions(plan, policy):
    lines = ["## Extensions", "", "| extension | way | reason |", "|---|---|---|"]
    for name in sorted(plan.extensions):
        way = extension_way(plan, policy, name)
        why = "" if way == "answered in the guest" else plan.extensions[name][1]
        lines.append(f"| {name} | {way} | {why} |")
    return lines + [""]


def _commands(plan, policy):
    known = {c.name: c for c in plan.commands}
    lines = ["## Commands", "", "| command | way | waits | reason |", "|---|---|---|---|"]
    for name in sorted(set(plan.model.commands) | set(known)):
        if name in known:
            c = known[name]
            waits = "yes" if c.on_wire and c.replies else "no"
            lines.append(f"| {name} | {_way(c)} | {waits} | {policy.command(name).get('why', '')} |")
        elif name in plan.commands_refused:
            lines.append(f"| {name} | refused | | {plan.commands_refused[name]} |")
        else:
            lines.append(f"| {name} | refused | | {_why_absent(plan, name)} |")
    return lines + [""]


def _why_absent(plan, name):
    bringers = [e.name for e in plan.model.extensions.values() if name in e.commands]
    return f"belongs to {', '.join(bringers)}" if bringers else "belongs to no core version carried"


def _structs(plan, policy):
    lines = ["## Structures", "", "| structure | way | reason |", "|---|---|---|"]
    owners = {}
    for extension in plan.model.extensions.values():
        for name in extension.types:
            owners.setdefault(plan.model.resolve(name), []).append(extension.name)
    in_guest = _structs_in_guest(plan)
    for name in sorted(plan.model.structs):
        if name in plan.structs:
            way, why = "carried", ""
        elif name in plan.bit_structs:
            way, why = "carried as bytes", "all of its members are bit fields"
        elif policy.is_flat(name):
            way, why = "carried as bytes", policy.flat_reason(name)
        elif policy.struct_refusal(name):
            way, why = "refused", policy.struct_refusal(name)
        elif name in owners and not any(plan.extensions[e][0] for e in owners[name]):
            way, why = "refused", f"belongs to {', '.join(owners[name])}"
        elif name in in_guest:
            way, why = "not on the wire", "used only by what is answered in the guest"
        else:
            way, why = "not on the wire", "no carried command has it among its parameters"
        lines.append(f"| {name} | {way} | {why} |")
    return lines + [""]


def _structs_in_guest(plan):
    """Structures that the commands without a wire take, with what they hold and what extends them."""
    structs, seen = plan.model.structs, set()
    extenders = {}
    for struct in structs.values():
        for root in map(plan.model.resolve, struct.extends):
            extenders.setdefault(root, []).append(struct.name)
    left = [p.type for c in plan.commands if not c.on_wire for p in c.params]
    while left:
        name = plan.model.resolve(left.pop())
        if name in structs and name not in seen:
            seen.add(name)
            left += [member.type for member in structs[name].members] + extenders.get(name, [])
    return seen
