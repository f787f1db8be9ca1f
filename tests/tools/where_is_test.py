#!/usr/bin/env python3
"""tools/where-is finds the stops of every command of the wire, and says what it does not know."""

import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "where-is"
BUILD = os.environ.get("VGPU_BUILD") or sys.exit("VGPU_BUILD names the build directory.")


def load():
    loader = importlib.machinery.SourceFileLoader("where_is", str(TOOL))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("where_is", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def run(*words):
    return subprocess.run([sys.executable, str(TOOL), "--build-dir", BUILD, *words],
                          capture_output=True, text=True, check=False)  # fmt: skip


class WhereIs(unittest.TestCase):
    def test_every_command_of_the_wire_has_its_stops(self):
        tool = load()
        sources = tool.Sources(BUILD)
        if not os.path.isdir(sources.generated):
            self.skipTest("nothing is generated yet")
        known = 0
        for line in (ROOT / "ring-protocol" / "wire.lock").read_text().splitlines():
            if line.startswith("#"):
                continue
            name = line.split()[1]
            found = {what: hits for what, hits in tool.stops(sources, tool.REGISTRY, name) if hits}
            # A command of a younger registry than this machine's has its number, and nothing here.
            if "registry" not in found:
                self.assertFalse({"wire", "coverage"} & set(found), name)
                continue
            known += 1
            for stop in ("registry", "wire.lock", "coverage"):
                self.assertIn(stop, found, name)
            # A command that left the wire keeps its number; the coverage page has the reason.
            if "wire" not in found:
                self.assertRegex(found["coverage"][0][2], "refused|answered in the guest")
                continue
            self.assertTrue({"wire, straight code", "wire, described"} & set(found), name)
            self.assertTrue({"host, by hand", "host, generated"} & set(found), name)
            if name.startswith("vk"):
                self.assertTrue({"guest, by hand", "guest, generated"} & set(found), name)
        self.assertGreater(known, 250)

    def test_places_are_lines_that_name_the_command(self):
        for line in run("vkCmdDraw").stdout.splitlines()[1:]:
            path, number = line[25:].split(":")[:2]
            with open(ROOT / path, encoding="utf-8") as file:
                wanted = "every command's" if "tests of every" in line else "vkCmdDraw"
                self.assertIn(wanted, file.read().splitlines()[int(number) - 1], line)

    def test_another_name_is_followed(self):
        self.assertIn("vkCmdDrawIndirectCountKHR stands for vkCmdDrawIndirectCount.",
                      run("vkCmdDrawIndirectCountKHR").stdout)  # fmt: skip

    def test_a_command_of_the_service_is_followed(self):
        told = run("vkQueueSubmit2").stdout
        self.assertIn("dvm-frontend/icd/queue.cpp", told)
        self.assertIn("\nvgpuQueueSubmit2\n", told)
        self.assertIn("gvm-backend/replay/queue.cpp", told)

    def test_a_name_that_is_none_gets_near_ones(self):
        told = run("vkCreateFenc")
        self.assertNotEqual(told.returncode, 0)
        self.assertIn("Perhaps vkCreateFence", told.stderr)

    def test_without_a_build_it_shows_what_is_committed(self):
        told = subprocess.run([sys.executable, str(TOOL), "--build-dir", "/nowhere", "vkCreateSampler"],
                              capture_output=True, text=True, check=True).stdout  # fmt: skip
        self.assertIn("build first", told)
        self.assertIn("ring-protocol/wire.lock:", told)


if __name__ == "__main__":
    unittest.main()
