#!/usr/bin/env python3
"""bench/run judges rows by their targets and survives runs that fail."""

import importlib.machinery
import importlib.util
import json
import stat
import subprocess
import sys
import tempfile
import types
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


reports, scale, pictures = bench_run.reports, bench_run.scale, bench_run.pictures


def judged(row, native, ours):
    return reports.target_of(row, native, ours)[1]


def chosen(**options):
    return bench_run.chosen_rows(types.SimpleNamespace(**{"rows": None, "null": False, "clients": None} | options))


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
        kinds = {"at_most", "at_least", "ratio_at_most", "ratio_at_least", "above_native_at_most"}
        rows = chosen()
        self.assertGreater(len(rows), 25)
        for row in rows:
            self.assertLessEqual(len(kinds & row.keys()), 1, row["name"])
            self.assertIn(row["better"], ("lower", "higher"))
            unknown = row.keys() - kinds - {"name", "row", "what", "better", "null", "clients", "seconds"}
            self.assertFalse(unknown, row["name"])


class ChoiceTest(unittest.TestCase):
    def test_the_null_layer_alone_chooses_the_rows_that_are_for_it(self):
        self.assertTrue(all(row["null"] for row in chosen(null=True)))

    def test_the_null_layer_goes_under_rows_that_are_named(self):
        rows = chosen(null=True, rows="frames,null_command")
        self.assertEqual([(row["name"], row["null"]) for row in rows], [("null_command", True), ("frames", True)])

    def test_another_number_of_clients_stands_once_in_place_of_4_and_8(self):
        names = [row["name"] for row in chosen(clients=3) if row.get("clients") == 3]
        self.assertEqual(names, ["null_frames_3_clients", "frames_3_clients"])


class ScaleTest(unittest.TestCase):
    """Verdicts about lines as vgpu-bench's crowd gives them."""

    def lines(self, **last):
        run = {"value": 100.0, "p50": 5.0, "p99": 9.0, "context_mib": 20.0, "idle_wakeups": 0.0}
        results = {(f"crowd_{count}{kind}", "ours"): [dict(run)] for count in (1, 64) for kind in ("", "_one_busy")}
        for name, value in last.items():
            results[("crowd_64_one_busy", "ours")][0][name] = value
        return scale.scale_report([1, 64], results)

    def holds(self, **last):
        return [holds for _, holds in scale.verdicts(self.lines(**last))]

    def test_idle_contexts_that_cost_nothing_are_found_good(self):
        self.assertEqual(self.holds(), [True, True, True, True])

    def test_idle_contexts_that_slow_a_busy_one_down_are_found(self):
        self.assertEqual(self.holds(value=80.0), [False, True, True, True])

    def test_a_single_wake_up_is_found(self):
        self.assertEqual(self.holds(idle_wakeups=1.0), [True, False, True, True])

    def test_the_table_has_a_line_for_each_number_of_contexts(self):
        self.assertEqual(len(scale.contexts_lines(self.lines())), 3)


class WholeRunTest(unittest.TestCase):
    """bench/run with a script in place of vgpu-bench, of the service and of a peer."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.build = Path(directory.name)
        (self.build / "bench").mkdir()

    def script(self, path, text):
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run_bench(self, *options):
        for side, value in (("through", 1), ("peer", 4)):
            self.script(self.build / side, f'export SIDE={value}\n[ "$1" = --null ] && shift\nexec "$@"\n')
        return subprocess.run(
            [sys.executable, str(RUN), "--build-dir", str(self.build), "--through",
             str(self.build / "through"), "--rounds", "3", *options],
            capture_output=True, text=True, timeout=60)  # fmt: skip

    def measured(self, *options):
        """What --json writes when a row takes 20 natively, 10 through the service, 40 on the peer."""
        self.script(self.build / "bench" / "vgpu-bench",
                    'echo "{\\"unit\\": \\"us\\", \\"value\\": ${SIDE:-2}0, \\"p99\\": 3}"\n')
        self.done = self.run_bench("--json", str(self.build / "out.json"), *options)
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        return json.loads((self.build / "out.json").read_text())

    def test_medians_ratios_and_targets_come_out(self):
        report = self.measured("--rows", "submit_empty,null_frames")
        rows = {row["name"]: row for row in report["rows"]}
        first = rows["submit_empty"]
        self.assertEqual((first["native"], first["ours"], first["unit"]), (20, 10, "us"))
        self.assertNotIn("peer", first)
        self.assertEqual(first["ratio"], 0.5)
        self.assertEqual(first["target"], "<= 2 x native")
        self.assertTrue(first["target_met"])
        self.assertEqual(first["spread"]["native"], {"median": 20, "min": 20, "max": 20, "runs": 3})
        self.assertEqual(first["beside"]["native"]["p99"], 3)
        self.assertFalse(rows["null_frames"]["target_met"])
        self.assertIn("1 of 2 targets met", self.done.stdout)

    def test_a_peer_is_measured_in_the_same_rounds(self):
        (row,) = self.measured("--rows", "submit_empty", "--peer", str(self.build / "peer"))["rows"]
        self.assertEqual((row["native"], row["ours"], row["peer"]), (20, 10, 40))
        order = [line.split()[1] for line in self.done.stderr.splitlines() if line.startswith("  submit_empty")]
        self.assertEqual(order, ["native", "ours", "peer"] * 3)

    def test_a_table_for_documents_has_a_line_for_each_row(self):
        self.measured("--rows", "submit_empty,record", "--markdown", str(self.build / "out.md"))
        self.assertEqual(len((self.build / "out.md").read_text().splitlines()), 4)

    def test_a_peer_that_the_machine_lacks_is_named_with_its_remedy(self):
        done = subprocess.run([sys.executable, str(RUN), "--peer", "venus", "--rows", "record"], timeout=60,
                              capture_output=True, text=True, env={"PATH": "/nonexistent"})  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertIn("Install ", done.stderr)

    @unittest.skipUnless(subprocess.run([pictures.DISTRIBUTION_PYTHON, "-c", "import matplotlib"],
                                        capture_output=True).returncode == 0,
                         "python3-matplotlib is not installed")  # fmt: skip
    def test_a_run_can_be_drawn_at_once_and_later(self):
        self.measured("--rows", "submit_empty,record", "--picture", str(self.build / "out.svg"))
        ElementTree.parse(self.build / "out.svg")
        self.assertIn("submit + fence wait: empty".encode(), (self.build / "out.svg").read_bytes())
        subprocess.run([sys.executable, str(RUN), "--draw", str(self.build / "out.json"), "--picture",
                        str(self.build / "out.png")], check=True, capture_output=True, timeout=60)  # fmt: skip
        self.assertGreater((self.build / "out.png").stat().st_size, 1000)

    def test_a_run_that_fails_is_said_and_fails_the_whole(self):
        self.script(self.build / "bench" / "vgpu-bench", "echo broken >&2; exit 1\n")
        done = self.run_bench("--rows", "submit_empty")
        self.assertEqual(done.returncode, 1)
        self.assertIn("broken", done.stderr)
        self.assertIn("6 runs failed", done.stdout)

    def test_an_interrupt_keeps_what_was_measured(self):
        # The third run interrupts bench/run itself.
        self.script(self.build / "bench" / "vgpu-bench",
                    f'n=$(cat {self.build}/n 2>/dev/null || echo 0); echo $((n + 1)) > {self.build}/n\n'
                    '[ $n = 2 ] && kill -INT $(ps -o ppid= -p $$) && sleep 20\n'
                    'echo "{\\"unit\\": \\"us\\", \\"value\\": 5}"\n')
        done = self.run_bench("--rows", "submit_empty,record", "--native-only", "--json", str(self.build / "out.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Interrupted after 2 of 6 runs", done.stderr)
        rows = json.loads((self.build / "out.json").read_text())["rows"]
        self.assertEqual([row["native"] for row in rows], [5, 5])

    def test_a_row_that_is_not_offered_is_no_failure(self):
        self.script(self.build / "bench" / "vgpu-bench", "exit 77\n")
        self.assertEqual(self.run_bench("--rows", "poll_query").returncode, 0)

    def test_an_unknown_row_is_refused(self):
        done = self.run_bench("--rows", "no_such_row")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no_such_row", done.stderr)


if __name__ == "__main__":
    unittest.main()
