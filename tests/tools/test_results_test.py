#!/usr/bin/env python3
"""Shows that tools/check counts what failed, however a test program says so."""

import json
import os
import subprocess
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "test_results.py")


class Count(unittest.TestCase):
    def count(self, *tests):
        """The last line and the exit status for entries (result, stdout) of Meson's log."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as log:
            for result, text in tests:
                log.write(json.dumps({"name": "x", "result": result, "stdout": text}) + "\n")
            log.flush()
            ran = subprocess.run([TOOL, "count", log.name], capture_output=True, text=True)
            return ran.stdout.splitlines()[-1], ran.returncode

    def test_catch2_cases_are_counted(self):
        passed = ("OK", "All tests passed (12,345 assertions in 17 test cases)\n")
        self.assertEqual(self.count(passed), ("17 passed, 0 failed", 0))
        failed = ("FAIL", "test cases:  9 |  7 passed |  2 failed\nassertions: 30 | 28 passed | 2 failed\n")
        self.assertEqual(self.count(passed, failed), ("24 passed, 2 failed", 1))

    def test_unittests_are_counted(self):
        self.assertEqual(self.count(("OK", "Ran 7 tests in 0.1s\n\nOK (skipped=1)\n")), ("6 passed, 0 failed", 0))
        self.assertEqual(self.count(("FAIL", "Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n")),
                         ("5 passed, 2 failed", 1))  # fmt: skip

    def test_a_program_that_counts_nothing_is_one(self):
        self.assertEqual(self.count(("OK", "fine")), ("1 passed, 0 failed", 0))
        self.assertEqual(self.count(("FAIL", "")), ("0 passed, 1 failed", 1))

    def test_a_crash_after_good_cases_is_a_failure(self):
        self.assertEqual(self.count(("FAIL", "All tests passed (3 assertions in 3 test cases)\nleak\n")),
                         ("3 passed, 1 failed", 1))  # fmt: skip
        self.assertEqual(self.count(("TIMEOUT", "")), ("0 passed, 1 failed", 1))
        self.assertEqual(self.count(("ERROR", "")), ("0 passed, 1 failed", 1))

    def test_skipped_tests_count_nowhere_and_nothing_at_all_is_a_failure(self):
        self.assertEqual(self.count(("SKIP", ""), ("OK", "")), ("1 passed, 0 failed", 0))
        self.assertEqual(self.count(("SKIP", "")), ("0 passed, 0 failed", 1))


if __name__ == "__main__":
    unittest.main()
