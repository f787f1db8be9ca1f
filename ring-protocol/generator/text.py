"""Writing generated files: a banner, sorted pieces, and no rewrite of what did not change."""

import os

BANNER = "// Generated from the Vulkan registry by ring-protocol/generator; do not edit.\n"


def write(path, text):
    """Leaves an unchanged file alone, so that nothing is compiled again for it."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def cpp(path, purpose, body):
    write(path, f"{BANNER}// {purpose}\n{body}")


def header(path, purpose, body):
    cpp(path, purpose, f"#pragma once\n\n{body}")


def parts(items, count):
    """Splits a list into `count` lists of nearly equal length, in order."""
    size = (len(items) + count - 1) // count or 1
    return [items[i * size : (i + 1) * size] for i in range(count)]


def object_type(handle):
    return "ObjectType::" + handle.removeprefix("Vk")


def core_version(core):
    """"1.2" as the constant of Vulkan's headers; "0" for a command that only extensions have."""
    return f"VK_API_VERSION_{core.replace('.', '_')}" if core else "0"
