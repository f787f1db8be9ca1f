#!/usr/bin/env python3
"""wire.lock gives each command one number for ever, and knows every command of the registry."""

import argparse
import os
import subprocess
import sys
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
PROTOCOL = os.path.join(ROOT, "ring-protocol")
LOCK = os.path.join(PROTOCOL, "wire.lock")
sys.path.insert(0, os.path.join(PROTOCOL, "generator"))

import model as registry  # noqa: E402
import plan as planning  # noqa: E402
import policy as policies  # noqa: E402
import wire_lock  # noqa: E402

REGISTRY = "/usr/share/vulkan/registry/vk.xml"


def rows(text):
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


class WireLock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(LOCK, encoding="utf-8") as file:
            cls.rows = rows(file.read())

    def test_numbers_are_unique_and_ascend(self):
        numbers = [int(row[0]) for row in self.rows]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreaterEqual(numbers[0], wire_lock.FIRST)
        self.assertLess(numbers[-1], 1 << 16, "a number takes 16 bits of a record's header")

    def test_no_number_is_left_out(self):
        numbers = [int(row[0]) for row in self.rows]
        self.assertEqual(numbers, list(range(wire_lock.FIRST, wire_lock.FIRST + len(numbers))))

    def test_names_are_unique(self):
        names = [row[1] for row in self.rows]
        self.assertEqual(len(names), len(set(names)))

    def test_each_line_says_call_or_post_and_a_hash(self):
        for number, name, kind, digest in self.rows:
            self.assertIn(kind, ("call", "post"), name)
            self.assertRegex(digest, "^[0-9a-f]{8}$", f"{number} {name}")

    def test_committed_lines_keep_their_numbers(self):
        git = subprocess.run(
            ["git", "-C", ROOT, "show", "HEAD:ring-protocol/wire.lock"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if git.returncode != 0:
            self.skipTest("no git history here")
        now = {name: number for number, name, _, _ in self.rows}
        for number, name, _, _ in rows(git.stdout):
            self.assertEqual(now.get(name), number, f"{name} is number {number} for ever.")

    def test_every_command_of_the_registry_has_its_number(self):
        model = registry.read(REGISTRY, os.path.join(PROTOCOL, "service.xml"))
        policy = policies.Policy.load(os.path.join(PROTOCOL, "policy.toml"))
        model.keep_names({row[1] for row in self.rows} | policy.command_names)
        plan = planning.make(model, policy)
        self.assertEqual(wire_lock.assign(plan, LOCK, update=False), [],
                         "generate.py --update-lock writes wire.lock.")  # fmt: skip
        wired = [c.name for c in plan.commands if c.on_wire]
        self.assertGreater(len(wired), 250)
        self.assertLessEqual(set(wired), {row[1] for row in self.rows})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--registry", default=REGISTRY)
    known, rest = parser.parse_known_args()
    REGISTRY = known.registry
    unittest.main(argv=[sys.argv[0], *rest])
