#!/usr/bin/env python3
"""Shows that tests/conformance/run finds what differs, whatever a case does, and takes the same sample
every time. The tests' program is fake_deqp."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness import cases, qpa  # noqa: E402

GROUPS = """
[[group]]
name = "api"
prefix = "dEQP-VK.api."
take = 20

[[group]]
name = "memory"
prefix = "dEQP-VK.memory."
take = 20
"""


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "groups.toml").write_text(GROUPS)
        (self.folder / "refused.toml").write_text("")

    def run_it(self, *options, refused="", again=False, **environment):
        """(exit status, standard output, {case: entry of the JSON})"""
        (self.folder / "refused.toml").write_text(refused)
        made = self.folder / "results.json"
        done = subprocess.run(
            [HERE / "run", HERE / "fake_deqp", "--through=env FAKE_THROUGH=1", "--no-display", "--timeout=4",
             *([] if again else ["--no-again"]),
             f"--groups={self.folder}/groups.toml", f"--refused={self.folder}/refused.toml", f"--json={made}", *options],
            capture_output=True, text=True, env={**os.environ, **environment})  # fmt: skip
        entries = json.loads(made.read_text())["cases"] if made.exists() else []
        return done.returncode, done.stdout + done.stderr, {entry["case"].rsplit(".", 1)[1]: entry for entry in entries}

    def test_what_passes_on_both_sides_is_no_difference(self):
        status, text, _ = self.run_it("--only=api")
        self.assertEqual(status, 0, text)
        self.assertIn("20 cases: 20 pass natively, 20 through the service; 0 differ", text)

    def test_crashes_hangs_failures_and_missing_support_are_told_by_name_and_the_rest_is_run(self):
        status, text, entries = self.run_it()
        self.assertEqual(status, 1, text)
        through = {name: entry["through"]["status"] for name, entry in entries.items()}
        self.assertEqual(through["through_crash"], "Crash")
        self.assertEqual(through["through_hang"], "Timeout")
        self.assertEqual(through["through_fail"], "Fail")
        self.assertEqual(through["through_unsupported"], "NotSupported")
        self.assertEqual(through["last"], "Pass")
        different = {name for name, entry in entries.items() if entry.get("kind") == "different"}
        self.assertEqual(different, {name for name in entries if name.startswith("through_")} | {"unsupported_fail"})
        for name in different:
            self.assertIn(f"dEQP-VK.memory.{name}\n", text)
        self.assertIn("31 cases: 27 pass natively, 22 through the service; 7 differ", text)

    def test_a_lost_device_is_the_fault_of_one_case_and_not_of_those_after_it(self):
        _, _, entries = self.run_it("--only=memory")
        self.assertEqual(entries["through_lose"]["through"]["status"], "Fail")
        self.assertEqual(entries["last"]["through"]["status"], "Pass")

    def test_what_fails_or_is_not_supported_natively_too_is_no_difference(self):
        status, text, entries = self.run_it("--only=memory.(fail|unsupported)$")
        self.assertEqual(status, 0, text)
        self.assertEqual(entries["fail"]["native"]["detail"], "1 < 2")

    def test_what_only_the_service_supports_is_counted_and_must_not_fail(self):
        status, text, entries = self.run_it("--only=memory.unsupported_pass")
        self.assertEqual(status, 0, text)
        self.assertEqual(entries["unsupported_pass"]["kind"], "more")
        status, text, entries = self.run_it("--only=memory.unsupported_fail")
        self.assertEqual(status, 1, text)

    def test_what_differs_is_run_again_alone_and_stays_a_difference(self):
        status, text, entries = self.run_it("--only=through_(crowded|fail)", again=True)
        self.assertEqual(status, 1, text)
        self.assertEqual(entries["through_crowded"]["again"], "alone: the same on both sides")
        self.assertEqual(entries["through_fail"]["again"], "")
        self.assertIn("2 differ", text)

    def test_a_refused_case_is_told_with_its_reason_and_is_no_failure(self):
        entry = '[[refused]]\ncases = ".*\\\\.memory\\\\.(through_.*|unsupported_fail)"\nreason = "Not yet."\n'
        status, text, entries = self.run_it(refused=entry)
        self.assertEqual(status, 0, text)
        self.assertEqual(entries["through_hang"]["reason"], "Not yet.")
        self.assertIn("0 differ, 7 are refused", text)

    def test_a_refusal_that_speaks_of_nothing_fails_a_whole_sample(self):
        entry = '[[refused]]\ncases = "dEQP-VK.api.few.*"\nreason = "Gone."\n'
        status, text, _ = self.run_it("--only=api", refused=entry)
        self.assertEqual(status, 0, text)
        (self.folder / "groups.toml").write_text(GROUPS.split("\n\n")[0])
        status, text, _ = self.run_it(refused=entry)
        self.assertEqual(status, 1, text)
        self.assertIn("dEQP-VK.api.few.*", text)

    def test_a_refusal_without_a_reason_is_an_error(self):
        status, text, _ = self.run_it(refused='[[refused]]\ncases = "a"\n')
        self.assertEqual(status, 2, text)

    def test_a_binary_that_runs_nothing_is_an_error_and_no_success(self):
        listed = self.folder / "cases"
        listed.write_text("dEQP-VK.api.few.only\n")
        status, text, _ = self.run_it(f"--cases={listed}", FAKE_BROKEN="1")
        self.assertEqual(status, 2, text)
        self.assertIn("no driver", text)
        status, text, _ = self.run_it(FAKE_BROKEN="1")
        self.assertEqual(status, 2, text)

    def test_native_results_of_an_earlier_run_are_taken_and_not_found_again(self):
        status, _, entries = self.run_it("--only=memory")
        earlier = self.folder / "earlier.json"
        kept = [entry for entry in entries.values() if not entry["case"].endswith("last")]
        kept[0]["native"]["detail"] = "told by the earlier run"
        earlier.write_text(json.dumps({"cases": kept}))
        again, _, entries_again = self.run_it("--only=memory", f"--native-from={earlier}")
        self.assertEqual(again, status)
        self.assertEqual(entries_again[kept[0]["case"].rsplit(".", 1)[1]]["native"]["detail"], "told by the earlier run")
        self.assertEqual(entries_again["last"]["native"]["status"], "Pass")

    def test_a_case_that_the_binary_does_not_know_is_told(self):
        listed = self.folder / "cases"
        listed.write_text("dEQP-VK.api.few.only\ndEQP-VK.api.few.unknown\n")
        status, text, _ = self.run_it(f"--cases={listed}")
        self.assertEqual(status, 2, text)
        self.assertIn("dEQP-VK.api.few.unknown", text)


class Sample(unittest.TestCase):
    GROUP = cases.Group("api", "dEQP-VK.api.", 10)

    def take(self, names, seed="1", number=10):
        return cases.sample(names, [cases.Group("api", "dEQP-VK.api.", number)], seed)

    def test_a_sample_is_the_same_every_time_and_another_seed_takes_another(self):
        names = [f"dEQP-VK.api.a.{number}" for number in range(1000)]
        self.assertEqual(self.take(names), self.take(names))
        self.assertNotEqual(self.take(names), self.take(names, seed="2"))
        self.assertEqual(len(self.take(names)), 10)

    def test_a_small_child_is_not_lost_beside_a_large_one(self):
        names = [f"dEQP-VK.api.large.{number}" for number in range(10000)] + ["dEQP-VK.api.small.a", "dEQP-VK.api.small.b"]
        taken = self.take(names)
        self.assertEqual(len(taken), 10)
        self.assertEqual(taken[-2:], names[-2:])

    def test_what_is_asked_for_beyond_what_there_is_takes_all(self):
        names = [f"dEQP-VK.api.a.{number}" for number in range(5)]
        self.assertEqual(self.take(names), names)

    def test_a_case_that_is_new_moves_few_others(self):
        names = [f"dEQP-VK.api.a.{number}" for number in range(1000)]
        self.assertLessEqual(len(set(self.take(names)) - set(self.take([*names, "dEQP-VK.api.a.new"]))), 1)


class Log(unittest.TestCase):
    def test_a_log_is_read_while_it_grows(self):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as log:
            reader = qpa.Reader(log.name)
            text = "#beginTestCaseResult a.b\n<Result StatusCode=\"Fail\">two\nlines</Result>\n#endTestCaseResult\n"
            ended = []
            for octet in text:
                log.write(octet)
                log.flush()
                ended += reader.read()
            self.assertEqual([(case, result.status, result.detail) for case, result in ended], [("a.b", "Fail", "two\nlines")])
            self.assertIsNone(reader.running)

    def test_a_case_that_was_cut_off_is_the_one_under_way(self):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as log:
            log.write("#beginTestCaseResult a.b\n<Text>")
            log.flush()
            reader = qpa.Reader(log.name)
            self.assertEqual(reader.read(), [])
            self.assertEqual(reader.running, "a.b")


if __name__ == "__main__":
    unittest.main()
