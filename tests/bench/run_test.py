#!/usr/bin/env python3
"""bench/run judges rows by their targets and survives runs that fail."""

import importlib.machinery
import importlib.util
import json
import stat
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

RUN = Path(__file__).resolve().parents[2] / "bench" / "run"


def load_run():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("bench_run", str(RUN))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
    loader.exec_module(module)
    return module


bench_run = load_run()


def judged(row, native, through):
    def summary(value):
        return None if value is None else bench_run.summarize([value])
    return bench_run.target_of(row, summary(native), summary(through))[1]


class TargetTest(unittest.TestCase):
    def test_an_absolute_target_looks_at_the_service_alone(self):
        self.assertTrue(judged({"at_most": 10}, 100, 10))
        self.assertFalse(judged({"at_most": 10}, 1, 10.5))
        self.assertFalse(judged({"at_least": 8000}, 1, 7999))

    def test_a_ratio_compares_with_native(self):
        self.assertTrue(judged({"ratio_at_most": 2}, 10, 20))
        self.assertFalse(judged({"ratio_at_most": 2}, 10, 21))
        self.assertFalse(judged({"ratio_at_least": 0.95}, 100, 94))

    def test_a_difference_compares_with_native(self):
        self.assertTrue(judged({"above_native_at_most": 45}, 50, 95))
        self.assertFalse(judged({"above_native_at_most": 45}, 50, 96))

    def test_what_was_not_measured_is_not_judged(self):
        self.assertIsNone(judged({"ratio_at_most": 2}, 10, None))
        self.assertIsNone(judged({"ratio_at_most": 2}, None, 10))

    def test_no_native_time_at_all_gives_no_ratio(self):
        self.assertIsNone(judged({"ratio_at_most": 2}, 0, 10))
        self.assertTrue(judged({"at_most": 0}, 0, 0))

    def test_every_row_of_the_table_has_at_most_one_target(self):
        options = bench_run.argparse.Namespace(rows=None, null=False)
        kinds = {"at_most", "at_least", "ratio_at_most", "ratio_at_least", "above_native_at_most"}
        rows = bench_run.chosen_rows(options)
        self.assertGreater(len(rows), 25)
        for row in rows:
            self.assertLessEqual(len(kinds & row.keys()), 1, row["name"])
            self.assertIn(row["better"], ("lower", "higher"))
            unknown = row.keys() - kinds - {"name", "row", "what", "better", "null", "clients", "seconds"}
            self.assertFalse(unknown, row["name"])


class WholeRunTest(unittest.TestCase):
    """bench/run with a script in place of vgpu-bench and of the service."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.build = Path(directory.name)
        (self.build / "bench").mkdir()

    def script(self, path, text):
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run_bench(self, *options):
        self.script(self.build / "through", 'export THROUGH=1\n[ "$1" = --null ] && shift\nexec "$@"\n')
        return subprocess.run(
            [sys.executable, str(RUN), "--build-dir", str(self.build), "--through",
             str(self.build / "through"), "--rounds", "3", *options],
            capture_output=True, text=True, timeout=60)

    def test_medians_ratios_and_targets_come_out(self):
        # 20 natively, 10 through.
        self.script(self.build / "bench" / "vgpu-bench",
                    'echo "{\\"unit\\": \\"us\\", \\"value\\": ${THROUGH:-2}0, \\"p99\\": 3}"\n')
        done = self.run_bench("--rows", "submit_empty,null_frames", "--json", str(self.build / "out.json"),
                              "--svg", str(self.build / "out.svg"))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {row["name"]: row for row in json.loads((self.build / "out.json").read_text())["rows"]}
        self.assertEqual(rows["submit_empty"]["ratio"], 0.5)
        self.assertTrue(rows["submit_empty"]["target_met"])
        self.assertEqual(rows["submit_empty"]["native"]["runs"], 3)
        self.assertEqual(rows["submit_empty"]["beside"]["native"]["p99"], 3)
        self.assertFalse(rows["null_frames"]["target_met"])
        self.assertIn("1 of 2 targets met", done.stdout)
        ElementTree.parse(self.build / "out.svg")

    def test_a_run_that_fails_is_said_and_fails_the_whole(self):
        self.script(self.build / "bench" / "vgpu-bench", "echo broken >&2; exit 1\n")
        done = self.run_bench("--rows", "submit_empty")
        self.assertEqual(done.returncode, 1)
        self.assertIn("broken", done.stderr)
        self.assertIn("6 runs failed", done.stdout)

    def test_a_row_that_is_not_offered_is_no_failure(self):
        self.script(self.build / "bench" / "vgpu-bench", "exit 77\n")
        self.assertEqual(self.run_bench("--rows", "poll_query").returncode, 0)

    def test_an_unknown_row_is_refused(self):
        done = self.run_bench("--rows", "no_such_row")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no_such_row", done.stderr)


if __name__ == "__main__":
    unittest.main()
