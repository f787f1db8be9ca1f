#!/usr/bin/env python3
"""The coverage page names every command, structure and extension of the registry once, with its way
or the reason why there is none; the committed page is the generated one."""

import argparse
import os
import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
COMMITTED = os.path.join(ROOT, "docs", "coverage.md")
REFERENCE = "1.3.239"  # the registry that the committed page is made from
WAYS = {
    "generated", "guest half by hand", "host half by hand", "both halves by hand", "service command",
    "answered in the guest", "carried", "carried as bytes", "not on the wire", "refused", "disabled",
    "elsewhere",
}  # fmt: skip
NEED_REASON = {
    "guest half by hand", "host half by hand", "both halves by hand", "service command",
    "carried as bytes", "not on the wire", "refused", "disabled", "elsewhere",
}  # fmt: skip


def version(root):
    """As in "1.3.239": the registry's number, and the patch number of its header."""
    core = max(f.get("number") for f in root.findall("feature") if "vulkan" in f.get("api").split(","))
    for define in root.findall("types/type[@category='define']"):
        if define.findtext("name") == "VK_HEADER_VERSION":
            return f"{core}.{define.find('name').tail.strip()}"
    return core


def for_vulkan(element):
    return "vulkan" in (element.get("api") or "vulkan").split(",")


class Coverage(unittest.TestCase):
    registry = "/usr/share/vulkan/registry/vk.xml"
    page = None

    @classmethod
    def setUpClass(cls):
        cls.root = ElementTree.parse(cls.registry).getroot()
        with open(cls.page, encoding="utf-8") as file:
            cls.text = file.read()
        cls.sections = {}
        for part in cls.text.split("\n## ")[1:]:
            title, body = part.split("\n", 1)
            rows = re.findall(r"^\| (\w+) \| ([^|]*) \|(.*)\|$", body, re.MULTILINE)
            cls.sections[title] = [
                (name, way.strip(), rest.split("|")[-1].strip()) for name, way, rest in rows[1:]
            ]

    def check(self, section, names):
        rows = self.sections[section]
        listed = [name for name, _, _ in rows]
        # What a newer registry promoted stands there by the name by which it was known before.
        before = {e.get("name"): e.get("alias") for e in self.root.iter() if e.get("alias")}
        listed = [before[n] if n in before and before[n] in names else n for n in listed]
        self.assertEqual(len(listed), len(set(listed)), f"{section}: a name stands twice.")
        self.assertEqual(sorted(set(names) - set(listed)), [], f"{section}: not on the page.")
        strange = {n for n in set(listed) - set(names) if not n.lower().startswith("vgpu")}
        self.assertEqual(sorted(strange), [], f"{section}: not in the registry.")
        for name, way, why in rows:
            self.assertIn(way, WAYS, name)
            if way in NEED_REASON:
                self.assertTrue(why, f"{name} is '{way}' without a reason.")

    def test_every_command_is_there_once(self):
        elements = [c for c in self.root.findall("commands/command") if not c.get("alias")]
        names = [c.findtext("proto/name") for c in elements if for_vulkan(c)]
        self.assertGreater(len(names), 400)
        self.check("Commands", names)

    def test_every_structure_is_there_once(self):
        video = os.path.join(os.path.dirname(self.registry), "video.xml")
        elements = [t for root in (self.root, ElementTree.parse(video).getroot())
                    for t in root.findall("types/type")
                    if t.get("category") in ("struct", "union") and not t.get("alias")]  # fmt: skip
        names = [t.get("name") for t in elements if for_vulkan(t)]
        self.assertGreater(len(names), 700)
        self.check("Structures", names)

    def test_every_extension_is_there_once(self):
        names = [e.get("name") for e in self.root.findall("extensions/extension")]
        self.assertGreater(len(names), 300)
        self.check("Extensions", names)

    def test_nothing_is_refused_for_want_of_work(self):
        for section in ("Extensions", "Commands", "Structures"):
            for name, _, why in self.sections[section]:
                if why != "not in wire.lock yet":  # of a registry newer than it
                    self.assertNotIn("yet", why.split(), name)

    def test_the_counts_are_those_of_the_table(self):
        ways = [way for _, way, _ in self.sections["Extensions"]]
        for title, way in (("... carried", "carried"), ("... answered in the guest", "answered in the guest"),
                           ("... refused, with the reason below", "refused"),
                           ("extensions of other platforms", "elsewhere"),
                           ("numbers that the registry disables", "disabled")):  # fmt: skip
            self.assertIn(f"| {title} | {ways.count(way)} |", self.text)

    def test_the_committed_page_is_the_generated_one(self):
        if version(self.root) != REFERENCE:
            self.skipTest(f"the registry here is {version(self.root)}, the page's is {REFERENCE}")
        with open(COMMITTED, encoding="utf-8") as file:
            self.assertTrue(
                file.read() == self.text,
                f"docs/coverage.md is not the page of this registry. Run: cp {self.page} {COMMITTED}",
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--registry", default=Coverage.registry)
    parser.add_argument("--page", required=True, help="the generated coverage.md")
    known, rest = parser.parse_known_args()
    Coverage.registry, Coverage.page = known.registry, known.page
    unittest.main(argv=[sys.argv[0], *rest])
