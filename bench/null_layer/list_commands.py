#!/usr/bin/env python3
"""Lists, from vk.xml, every recorded command that the null layer drops: all but those that carry data
or tell how far the device has come. One DROP(name) line each, sorted by name.

    list_commands.py vk.xml null_commands.inc
"""

import re
import sys
import xml.etree.ElementTree as ElementTree


# What others wait for. Drivers for guests append such commands of their own to what is submitted.
KEPT = re.compile("vkCmd(CopyBuffer|FillBuffer|UpdateBuffer|PipelineBarrier|SetEvent|ResetEvent|WaitEvents|"
                  "BeginQuery|EndQuery|ResetQueryPool|CopyQueryPoolResults|WriteTimestamp)")  # fmt: skip


def dropped_commands(root):
    """Names of vkCmd* commands, aliases too."""
    names = set()
    for command in root.findall("commands/command"):
        name = command.get("name") or command.findtext("proto/name")
        if name.startswith("vkCmd") and not KEPT.match(name):
            names.add(name)
    return names


def guards(root):
    """For each command its preprocessor guard, or None; absent where vulkan.h does not have it."""
    macros = {platform.get("name"): platform.get("protect")
              for platform in root.findall("platforms/platform")}
    found = {}
    for block in root.findall("feature") + root.findall("extensions/extension"):
        if block.tag == "extension" and "vulkan" not in block.get("supported", "").split(","):
            continue
        guard = macros.get(block.get("platform"))
        for command in block.findall("require/command"):
            found[command.get("name")] = guard
    return found


def main():
    root = ElementTree.parse(sys.argv[1]).getroot()
    guard_of = guards(root)
    lines = []
    for name in sorted(dropped_commands(root) & guard_of.keys()):
        if guard_of[name]:
            lines += [f"#ifdef {guard_of[name]}", f"DROP({name})", "#endif"]
        else:
            lines.append(f"DROP({name})")
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
