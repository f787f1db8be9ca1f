#!/usr/bin/env python3
"""compare.py tells equal runs from different ones."""

import os
import subprocess
import sys
import unittest

COMPARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compare.py")


def compare(program, *options):
    """Compares a shell script natively and with OTHER=1; returns exit status and output."""
    done = subprocess.run([sys.executable, COMPARE, "--env", "OTHER=1", *options, "sh", "-c", program],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


class CompareTest(unittest.TestCase):
    def test_equal_runs_pass(self):
        status, output = compare("echo 'mesh: 1'; echo 'mesh: 2'")
        self.assertEqual(status, 0)
        self.assertIn("3 passed, 0 failed", output)

    def test_another_value_fails(self):
        status, output = compare("echo mesh: ${OTHER:-0}; echo 'post: 7'")
        self.assertEqual(status, 1)
        self.assertIn("DIFFER", output)
        self.assertIn("2 passed, 1 failed", output)

    def test_a_missing_line_fails_unless_it_may_differ(self):
        program = "[ -n \"$OTHER\" ] || echo 'mesh: 1'"
        self.assertEqual(compare(program)[0], 1)
        self.assertEqual(compare(program, "--may-differ", "mesh")[0], 0)

    def test_what_may_differ_by_design_passes(self):
        status, output = compare("echo memory_types: ${OTHER:-0}", "--may-differ", "memory_*")
        self.assertEqual(status, 0)
        self.assertIn("allowed", output)

    def test_another_exit_status_fails(self):
        self.assertEqual(compare("exit ${OTHER:-0}")[0], 1)

    def test_two_runs_that_fail_alike_are_no_success(self):
        status, output = compare("echo 'mesh: 1'; exit 3")
        self.assertEqual(status, 1)
        self.assertIn("1 failed", output)

    def test_a_native_skip_is_a_skip(self):
        self.assertEqual(compare("exit 77")[0], 77)

    def test_a_run_without_end_is_ended_and_fails(self):
        status, output = compare("[ -z \"$OTHER\" ] || exec sleep 100", "--timeout", "1")
        self.assertEqual(status, 1)
        self.assertIn("no end within 1 s", output)


if __name__ == "__main__":
    unittest.main()
