#!/usr/bin/env python3
"""Writes a registry as it could have been some years before the given one: without the commands and
structures of the last core version and of the younger half of the extensions. Enumerators stay, as a
guest uses none of an extension that it is not offered."""

import os
import shutil
import sys
import xml.etree.ElementTree as ElementTree


def main(source, target):
    tree = ElementTree.parse(source)
    root = tree.getroot()
    features = [f for f in root.findall("feature") if "vulkan" in f.get("api").split(",")]
    youngest = max(features, key=lambda f: [int(n) for n in f.get("number").split(".")])
    extensions = [e for e in root.findall("extensions/extension") if e.get("supported") != "disabled"]
    numbers = sorted(int(e.get("number")) for e in extensions)
    middle = numbers[len(numbers) // 2]
    for block in [youngest] + [e for e in extensions if int(e.get("number")) > middle]:
        for require in block.findall("require"):
            for child in list(require):
                if child.tag in ("command", "type"):
                    require.remove(child)
    for define in root.findall("types/type[@category='define']"):
        if define.findtext("name") == "VK_HEADER_VERSION":
            define.find("name").tail = " 1"
    tree.write(target, encoding="utf-8")
    # The codecs' structures are looked for beside it.
    shutil.copy(os.path.join(os.path.dirname(source), "video.xml"), os.path.dirname(target))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
