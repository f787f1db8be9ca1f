#!/usr/bin/env python3
"""Writes, from vk.xml, how to hash what the vkGetPhysicalDevice* functions return, field by field.

    generate_fields.py vk.xml fields.h

Hashing whole structs would hash their padding, which two drivers leave different.
"""

import sys
import xml.etree.ElementTree as ElementTree

CHAINS = {"VkPhysicalDeviceProperties2": "kPropertyStructs",
          "VkPhysicalDeviceFeatures2": "kFeatureStructs"}
# Roots besides the members of the chains; what they contain follows by itself.
PLAIN_STRUCTS = ["VkPhysicalDeviceProperties", "VkPhysicalDeviceFeatures", "VkMemoryType",
                 "VkMemoryHeap", "VkQueueFamilyProperties", "VkFormatProperties",
                 "VkFormatProperties3", "VkImageFormatProperties", "VkSparseImageFormatProperties",
                 "VkExternalMemoryProperties", "VkExternalFenceProperties",
                 "VkExternalSemaphoreProperties", "VkMultisamplePropertiesEXT"]
SKIPPED_MEMBERS = {"sType", "pNext"}

HEADER = """\
// Made from vk.xml by generate_fields.py: hashes and chain members, field by field.
#pragma once

#include <vulkan/vulkan.h>

#include "objects/chain_struct.h"

namespace vgpu::programs {
"""


class Registry:
    """The structs of vk.xml, and what a device must offer before they mean anything."""

    def __init__(self, path):
        root = ElementTree.parse(path).getroot()
        self.structs = {struct.get("name"): struct
                        for struct in root.findall("types/type[@category='struct']")
                        if not struct.get("alias")}
        self.needs = {}
        for feature in root.findall("feature"):
            self._note(feature, (feature.get("name"), None))
        for extension in root.findall("extensions/extension"):
            if extension.get("supported") == "vulkan" and not extension.get("platform"):
                self._note(extension, (None, extension.get("name")))

    def _note(self, block, need):
        for type_element in block.findall("require/type"):
            self.needs.setdefault(type_element.get("name"), need)

    def chain(self, base):
        """Structs that extend `base`, that this header has and that hold no pointers."""
        return [name for name, struct in self.structs.items()
                if base in (struct.get("structextends") or "").split(",")
                and name in self.needs and not self._has_pointers(name)]

    def members(self, name):
        for member in self.structs[name].findall("member"):
            if member.get("api", "vulkan") == "vulkan":
                yield member

    def _has_pointers(self, name):
        return any("*" in "".join(member.itertext()) for member in self.members(name)
                   if member.find("name").text not in SKIPPED_MEMBERS)

    def fields(self, name):
        """(type, name, is an array) of each member that says something."""
        for member in self.members(name):
            member_name = member.find("name").text
            if member_name not in SKIPPED_MEMBERS:
                text = "".join(t for t in member.itertext())
                yield member.find("type").text, member_name, "[" in text

    def structure_type(self, name):
        return next(self.members(name)).get("values")


def with_contents(registry, roots):
    """The roots and every struct that they contain, containers last."""
    ordered = []

    def visit(name):
        if name in ordered:
            return
        for field_type, _, _ in registry.fields(name):
            if field_type in registry.structs:
                visit(field_type)
        ordered.append(name)

    for root in roots:
        visit(root)
    return ordered


def emit_hash(registry, name):
    yield f"inline void add_fields(Hash& hash, const {name}& value) {{"
    for field_type, field, is_array in registry.fields(name):
        if field_type == "char":
            yield f"    hash.add(std::string_view(value.{field}));"
            continue
        add = "add_fields(hash, {})" if field_type in registry.structs else "hash.add({})"
        if is_array:
            yield f"    for (const auto& element : value.{field}) {add.format('element')};"
        else:
            yield f"    {add.format('value.' + field)};"
    yield "}"


def emit_table(registry, base, table):
    yield f"inline constexpr ChainStruct {table}[] = {{"
    for name in registry.chain(base):
        version, extension = registry.needs[name]
        api = version.replace("VK_VERSION_", "VK_API_VERSION_") if version else "0"
        need = f'"{extension}"' if extension else "nullptr"
        yield (f'    {{"{name}", {registry.structure_type(name)}, sizeof({name}), {api}, {need},'
               f" add_fields_of<{name}>}},")
    yield "};"


def main():
    registry = Registry(sys.argv[1])
    roots = PLAIN_STRUCTS + [name for base in CHAINS for name in registry.chain(base)]
    lines = [HEADER]
    for name in with_contents(registry, roots):
        lines += [*emit_hash(registry, name), ""]
    for base, table in CHAINS.items():
        lines += [*emit_table(registry, base, table), ""]
    lines += ["}  // namespace vgpu::programs", ""]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("\n".join(lines))


if __name__ == "__main__":
    main()
