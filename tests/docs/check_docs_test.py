#!/usr/bin/env python3
"""Shows that tools/check-docs finds what it is there to find."""

import os
import subprocess
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check-docs")


class CheckDocs(unittest.TestCase):
    def check(self, **files):
        """Runs the tool over files (a.md is named a_md); its exit status and output."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                with open(os.path.join(root, name.replace("_", ".")), "w", encoding="utf-8") as file:
                    file.write(text)
            ran = subprocess.run([TOOL, root], capture_output=True, text=True)
            return ran.returncode, ran.stdout

    def test_good_links_pass(self):
        status, _ = self.check(
            a_md='[b](b.cpp), [`publish`](b.cpp), ["it wakes up"](b.cpp), [part](#a-part)\n\n## A part\n',
            b_cpp='void publish();\nTEST_CASE("it wakes up")')  # fmt: skip
        self.assertEqual(status, 0)

    def test_a_missing_file_is_found(self):
        status, text = self.check(a_md="[b](b.cpp)")
        self.assertEqual(status, 1)
        self.assertIn("b.cpp, which does not exist", text)

    def test_a_renamed_function_is_found(self):
        status, text = self.check(a_md="[`publish`](b.cpp)", b_cpp="void publish_all();")
        self.assertEqual(status, 1)
        self.assertIn("`publish`", text)

    def test_a_renamed_test_is_found(self):
        status, _ = self.check(a_md='["it wakes up"](b.cpp)', b_cpp='TEST_CASE("it woke up")')
        self.assertEqual(status, 1)

    def test_a_missing_heading_is_found(self):
        status, _ = self.check(a_md="[part](#b-part)\n\n## A part\n")
        self.assertEqual(status, 1)

    def test_a_promise_without_a_test_is_found(self):
        status, text = self.check(SPECIFICATION_md="- It flies.\n- It swims: [no test yet]. See [b](b.cpp).\n", b_cpp="")
        self.assertEqual(status, 1)
        self.assertIn("It flies", text)
        self.assertNotIn("It swims", text)

    def test_links_in_code_blocks_are_left_alone(self):
        status, _ = self.check(a_md="```\n[b](b.cpp)\n```\n[c](c.cpp)", c_cpp="")
        self.assertEqual(status, 0)


if __name__ == "__main__":
    unittest.main()
