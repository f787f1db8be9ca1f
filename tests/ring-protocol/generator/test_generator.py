#!/usr/bin/env python3
"""The generator on a registry that a person can read (ring-protocol/generator/mini), and what it
refuses. `--update` writes the golden files and the lock anew after a change that is meant."""

import argparse
import contextlib
import io
import os
import shutil
import sys
import tempfile
import time
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
PROTOCOL = os.path.join(ROOT, "ring-protocol")
MINI = os.path.join(PROTOCOL, "generator", "mini")
INPUTS = ("registry.xml", "service.xml", "policy.toml", "wire.lock")
sys.path.insert(0, os.path.join(PROTOCOL, "generator"))

import generate  # noqa: E402
import plan as planning  # noqa: E402
import policy as policies  # noqa: E402
import wire_lock  # noqa: E402


def options(folder, out=None, update_lock=False):
    return argparse.Namespace(
        registry=os.path.join(folder, "registry.xml"), service=os.path.join(folder, "service.xml"),
        policy=os.path.join(folder, "policy.toml"), lock=os.path.join(folder, "wire.lock"),
        out=out, entry_files=1, replay_files=1, update_lock=update_lock,
    )  # fmt: skip


def contents(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class MiniRegistry(unittest.TestCase):
    """A copy of the miniature registry that a test may change."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vgpu-generator-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = os.path.join(self.folder, "out")
        for name in INPUTS:
            shutil.copy(os.path.join(MINI, name), self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def change(self, name, old, new):
        text = contents(self.path(name))
        self.assertEqual(text.count(old), 1, f"'{old}' stands once in {name}")
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def append(self, name, line):
        with open(self.path(name), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def generate(self, update_lock=False):
        """What it prints to stderr."""
        with contextlib.redirect_stderr(io.StringIO()) as told:
            generate.generate(options(self.folder, self.out, update_lock))
        return told.getvalue()

    def output(self, name):
        return contents(os.path.join(self.out, name))

    def refused(self, error, *words):
        with self.assertRaises(error) as caught:
            self.generate()
        for word in words:
            self.assertIn(word, str(caught.exception))


class Golden(MiniRegistry):
    def test_the_miniature_registry_gives_the_golden_files(self):
        self.generate()
        golden = os.path.join(MINI, "golden")
        self.assertEqual(sorted(os.listdir(self.out)), sorted(os.listdir(golden)))
        for name in sorted(os.listdir(golden)):
            self.maxDiff = None
            self.assertEqual(
                self.output(name), contents(os.path.join(golden, name)),
                f"{name} is not as in golden/. If the change is meant, run {__file__} --update "
                "and commit what it writes.",
            )  # fmt: skip

    def test_the_miniature_lock_is_up_to_date(self):
        self.generate(update_lock=True)
        self.assertEqual(contents(self.path("wire.lock")), contents(os.path.join(MINI, "wire.lock")))


class Twice(MiniRegistry):
    def times(self):
        return {n: os.stat(os.path.join(self.out, n)).st_mtime_ns for n in os.listdir(self.out)}

    def test_generating_again_writes_nothing(self):
        self.generate()
        before = self.times()
        time.sleep(0.02)
        self.generate()
        self.assertEqual(self.times(), before)

    def test_a_change_rewrites_what_it_touches_and_no_more(self):
        self.generate()
        before = self.times()
        time.sleep(0.02)
        self.change("policy.toml", "a wire's descriptor has no", "a descriptor has no")
        self.generate()
        after = self.times()
        changed = sorted(name for name in after if after[name] != before[name])
        self.assertEqual(changed, ["coverage.md", "extensions.cpp"])


class PolicyLines(MiniRegistry):
    def test_a_line_without_a_reason_is_refused(self):
        self.append("policy.toml", "[flat]\nVkGel = {}")
        self.refused(policies.PolicyError, "[flat] VkGel", "reason")

    def test_an_empty_reason_is_none(self):
        self.change("policy.toml", 'why = "asked once"', 'why = ""')
        self.refused(policies.PolicyError, "[commands] vkGetLampProperties", "reason")

    def test_a_command_that_is_not_there_is_refused(self):
        self.change("policy.toml", "vkGetLampProperties =", "vkGetLampProperty =")
        self.refused(policies.PolicyError, "[commands] vkGetLampProperty", "matches nothing")

    def test_a_member_that_is_not_there_is_refused(self):
        self.change("policy.toml", "VkGel.mode", "VkGel.colour")
        self.refused(policies.PolicyError, "[members] VkGel.colour", "matches nothing")

    def test_one_name_of_several_that_is_not_there_is_refused(self):
        self.change("policy.toml", '"VkGel.mode"', '"VkGel.mode VkGel.more"')
        self.refused(policies.PolicyError, "VkGel.more", "matches nothing")

    def test_a_guest_object_that_is_not_there_is_refused(self):
        self.change("policy.toml", "VkDevice VkCommandBuffer", "VkDevice VkCommandBuffers")
        self.refused(policies.PolicyError, "[guest_objects] VkCommandBuffers", "matches nothing")

    def test_a_word_that_means_nothing_is_refused(self):
        self.change("policy.toml", "lenient = true", "leniant = true")
        self.refused(policies.PolicyError, "VkGel.mode", "leniant")

    def test_a_section_that_means_nothing_is_refused(self):
        self.append("policy.toml", '[unions]\nVkGel = { why = "x" }')
        self.refused(policies.PolicyError, "[unions]")

    def test_an_extension_says_whether_it_is_carried(self):
        self.change("policy.toml", "carry = false, ", "")
        self.refused(policies.PolicyError, "VK_EXT_wiring", "carry")

    def test_a_command_that_no_straight_code_fits_is_refused(self):
        self.change("policy.toml", "vkCmdMixGels =", "vkCmdMakeFogEXT =")
        self.refused(planning.PlanError, "VkFog.data", "no straight code")

    def test_a_straight_command_that_is_not_there_is_refused(self):
        self.change("policy.toml", "vkCmdMixGels =", "vkCmdMixGel =")
        self.refused(policies.PolicyError, "[straight] vkCmdMixGel", "matches nothing")

    def test_a_line_for_newer_registries_may_match_nothing_yet(self):
        self.append("policy.toml", '[flat]\nVkHaze = { newer = true, why = "a union" }')
        self.assertEqual(self.generate(), "")


class Layouts(MiniRegistry):
    def test_a_changed_parameter_is_refused_with_the_remedy(self):
        self.change("registry.xml", "<type>float</type> <name>level</name>",
                    "<type>double</type> <name>level</name>")  # fmt: skip
        self.refused(wire_lock.LockError, "vkCmdSetDimmer", "wire.lock", "--update-lock")

    def test_a_changed_member_of_a_structure_is_refused(self):
        self.change("registry.xml", "<type>uint32_t</type> <name>number</name>",
                    "<type>uint64_t</type> <name>number</name>")  # fmt: skip
        self.refused(wire_lock.LockError, "vkCreateLamp", "--update-lock")

    def test_a_call_that_becomes_a_post_is_refused(self):
        self.change("policy.toml", 'reply = "post"', 'reply = "call"')
        self.refused(wire_lock.LockError, "vgpuAllocateCues", "--update-lock")

    def test_the_remedy_keeps_the_numbers(self):
        self.change("registry.xml", "<type>float</type> <name>level</name>",
                    "<type>double</type> <name>level</name>")  # fmt: skip
        before = wire_lock.read(self.path("wire.lock"))
        self.generate(update_lock=True)
        after = wire_lock.read(self.path("wire.lock"))
        self.assertEqual({n: e[0] for n, e in after.items()}, {n: e[0] for n, e in before.items()})
        self.assertEqual([n for n in after if after[n] != before[n]], ["vkCmdSetDimmer"])
        self.assertEqual(self.generate(), "")

    def test_a_new_extender_changes_no_layout(self):
        self.change("registry.xml", 'structextends="VkLampProperties"',
                    'structextends="VkLampProperties,VkLampCreateInfo"')  # fmt: skip
        self.assertEqual(self.generate(), "")


NEW_COMMAND = """
        <command>
            <proto><type>void</type> <name>vkCmdFogLamp</name></proto>
            <param><type>VkCommandBuffer</type> <name>commandBuffer</name></param>
        </command>
        <!-- create many -->"""


class NewerRegistry(MiniRegistry):
    def setUp(self):
        super().setUp()
        self.change("registry.xml", "<!-- create many -->", NEW_COMMAND)
        self.change("registry.xml", '<command name="vkAllocateCues"/>',
                    '<command name="vkAllocateCues"/> <command name="vkCmdFogLamp"/>')  # fmt: skip

    def test_a_command_that_the_lock_does_not_know_stays_off_the_wire(self):
        told = self.generate()
        self.assertIn("vkCmdFogLamp", told)
        for name in sorted(os.listdir(self.out)):
            if name != "coverage.md":
                self.assertNotIn("vkCmdFogLamp", self.output(name))
        self.assertIn("| vkCmdFogLamp | refused | | not in wire.lock yet |", self.output("coverage.md"))
        self.assertEqual(contents(self.path("wire.lock")), contents(os.path.join(MINI, "wire.lock")))

    def test_it_gets_the_next_number_when_the_lock_is_updated(self):
        before = wire_lock.read(self.path("wire.lock"))
        self.generate(update_lock=True)
        after = wire_lock.read(self.path("wire.lock"))
        self.assertEqual(after["vkCmdFogLamp"][0], max(n for n, _, _ in before.values()) + 1)
        self.assertTrue(set(before.items()) < set(after.items()))
        self.assertIn("vkCmdFogLamp = 29", self.output("commands.h"))

    def test_a_command_that_an_older_registry_lacks_keeps_its_number(self):
        self.generate(update_lock=True)
        shutil.copy(os.path.join(MINI, "registry.xml"), self.folder)
        self.generate(update_lock=True)
        self.assertIn("vkCmdFogLamp", wire_lock.read(self.path("wire.lock")))


class PromotingRegistry(MiniRegistry):
    """A registry that took a command and a structure of an extension into core."""

    def setUp(self):
        super().setUp()
        self.change("registry.xml", "<name>vkCmdMakeFogEXT</name>", "<name>vkCmdMakeFog</name>")
        self.change("registry.xml", "<!-- create many -->",
                    '<command name="vkCmdMakeFogEXT" alias="vkCmdMakeFog"/>')  # fmt: skip
        self.change("registry.xml", 'name="VkLampStrobeInfoEXT" structextends',
                    'name="VkLampStrobeInfo" structextends')  # fmt: skip
        self.change("registry.xml", '<type category="struct" name="VkSceneCreateInfo">',
                    '<type category="struct" name="VkLampStrobeInfoEXT" alias="VkLampStrobeInfo"/>'
                    '<type category="struct" name="VkSceneCreateInfo">')  # fmt: skip
        self.change("registry.xml", '<command name="vkAllocateCues"/>\n        </require>',
                    '<command name="vkAllocateCues"/>\n        </require>\n    </feature>\n'
                    '    <feature api="vulkan" name="VK_VERSION_1_1" number="1.1">\n        <require>\n'
                    '<type name="VkLampStrobeInfo"/> <command name="vkCmdMakeFog"/>\n        </require>')  # fmt: skip

    def test_a_promoted_command_keeps_its_name_number_and_layout(self):
        self.assertEqual(self.generate(), "")
        self.assertIn("vkCmdMakeFogEXT = 27", self.output("commands.h"))
        self.assertNotIn("Args_vkCmdMakeFog ", self.output("commands.h"))

    def test_it_is_found_by_both_names(self):
        self.generate()
        table = self.output("entry_table.cpp")
        self.assertIn('{"vkCmdMakeFog", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdMakeFogEXT)', table)
        self.assertIn("VK_API_VERSION_1_1", table)
        self.assertIn('{"vkCmdMakeFogEXT", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdMakeFogEXT)', table)

    def test_a_promoted_structure_means_the_same_to_both_ends(self):
        def links():
            text = self.output("descriptions.cpp")
            return text[text.index("kLinkTable") : text.index("kCommandTable")]

        self.generate()
        newer = links()
        shutil.copy(os.path.join(MINI, "registry.xml"), self.folder)
        self.generate()
        self.assertEqual(newer, links())

    def test_a_lock_of_the_newer_registry_serves_the_older_one(self):
        self.change("wire.lock", "vkCmdMakeFogEXT", "vkCmdMakeFog")
        shutil.copy(os.path.join(MINI, "registry.xml"), self.folder)
        self.assertEqual(self.generate(), "")
        self.assertIn("vkCmdMakeFogEXT = 27", self.output("commands.h"))


class Decisions(MiniRegistry):
    def test_a_union_wants_a_decision(self):
        self.change("registry.xml", '<type category="struct" name="VkGel">',
                    '<type category="union" name="VkGel">')  # fmt: skip
        self.refused(planning.PlanError, "vkCreateLamp", "union VkGel")

    def test_a_union_whose_members_nothing_selects_wants_a_decision(self):
        self.change("registry.xml", '<member selection="VK_FOG_KIND_SMOKE">', "<member>")
        self.refused(planning.PlanError, "vkCmdMakeFogEXT", "VkFogData.smoke", "selects")

    def test_what_is_absent_must_be_able_to_say_so(self):
        self.append("policy.toml", "")
        self.change("policy.toml", 'vkGetLampProperties = { frontend = "hand"',
                    'vkGetLampProperties = { frontend = "absent", backend = "none"')  # fmt: skip
        self.refused(planning.PlanError, "vkGetLampProperties", "absent")

    def test_an_absent_command_has_an_entry_that_refuses(self):
        self.change("policy.toml", 'vkCreateScenes = { frontend = "hand"',
                    'vkCreateScenes = { frontend = "absent", backend = "none"')  # fmt: skip
        self.generate(update_lock=True)
        entries = self.output("entries_0.cpp")
        self.assertIn("entry_vkCreateScenes", entries)
        self.assertIn("return VK_ERROR_FEATURE_NOT_PRESENT;", entries)
        self.assertNotIn("vkCreateScenes", self.output("commands.h"))

    def test_hidden_members_are_listed(self):
        self.generate()
        self.assertIn("VkLampHeatPropertiesEXT.kelvin", self.output("hidden.cpp"))

    def test_octets_of_no_known_length_want_a_decision(self):
        self.change("registry.xml", '<param len="dataSize">', "<param>")
        self.refused(planning.PlanError, "vkCmdProgramLamp", "pData", "no known length")

    def test_several_objects_want_a_hand_written_guest_half(self):
        self.change("policy.toml", 'vkCreateScenes = { frontend = "hand"',
                    'vkCreateScenes = { frontend = "generated"')  # fmt: skip
        self.refused(planning.PlanError, "vkCreateScenes", 'frontend = "hand"')

    def test_an_extender_of_a_refused_extension_stays_out_of_chains(self):
        self.generate()
        self.assertNotIn("VkLampWiringInfoEXT", self.output("descriptions.cpp"))
        self.assertIn("VkLampStrobeInfoEXT", self.output("descriptions.cpp"))


class Locks(MiniRegistry):
    def test_a_number_may_not_be_given_twice(self):
        self.append("wire.lock", "27 vkCmdFogLamp post 00000000")
        self.refused(wire_lock.LockError, "vkCmdFogLamp", "27")

    def test_a_number_may_not_be_put_between(self):
        self.append("wire.lock", "20 vkCmdFogLamp post 00000000")
        self.refused(wire_lock.LockError, "vkCmdFogLamp", "appended")

    def test_a_command_may_not_have_two_numbers(self):
        self.append("wire.lock", "29 vkCreateLamp post 00000000")
        self.refused(wire_lock.LockError, "vkCreateLamp", "two numbers")


def update():
    generate.generate(options(MINI, os.path.join(MINI, "golden"), update_lock=True))


if __name__ == "__main__":
    if "--update" in sys.argv:
        update()
    else:
        unittest.main()
