#!/usr/bin/env python3
"""Shows that tools/dvm-run is transparent to the program it runs, and leaves nothing behind."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOOL = str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "dvm-run")
BUILD = os.environ.get("VGPU_BUILD") or sys.exit("VGPU_BUILD names the build directory.")
PATIENCE = 30


class DvmRun(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="t")
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.place.name)

    def tearDown(self):
        self.place.cleanup()

    def command(self, *arguments):
        return [TOOL, "--no-build", f"--build-dir={BUILD}", *arguments]

    def run_tool(self, *arguments, **more):
        return subprocess.run(self.command(*arguments), env=self.environment, capture_output=True, text=True,
                              timeout=PATIENCE, **more)  # fmt: skip

    def start(self, *arguments, **more):
        return subprocess.Popen(self.command(*arguments), env=self.environment, stdout=subprocess.PIPE, text=True,
                                **more)  # fmt: skip

    def services(self):
        """Processes whose command line names a socket in this test's place."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    line = pathlib.Path("/proc", name, "cmdline").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                if f"--socket={self.place.name}" in line:
                    found.append(int(name))
        return found

    def assert_nothing_left(self):
        self.assertEqual(os.listdir(self.place.name), [])
        self.assertEqual(self.services(), [])

    def test_the_exit_status_is_the_programs(self):
        for status in (0, 1, 77):
            self.assertEqual(self.run_tool("sh", "-c", f"exit {status}").returncode, status)
        self.assert_nothing_left()

    def test_nothing_is_printed_besides(self):
        ran = self.run_tool("echo", "hello")
        self.assertEqual((ran.stdout, ran.stderr), ("hello\n", ""))

    def test_arguments_and_input_reach_the_program_unchanged(self):
        ran = self.run_tool("sh", "-c", 'cat; printf "<%s>" "$@"', "sh", "--null", "a b", "", "-v", input="in")
        self.assertEqual(ran.stdout, "in<--null><a b><><-v>")

    def test_a_program_that_is_not_there_is_127(self):
        ran = self.run_tool("/no/such/program")
        self.assertEqual(ran.returncode, 127)
        self.assertIn("/no/such/program", ran.stderr)
        self.assert_nothing_left()

    def test_a_file_that_is_no_program_is_126(self):
        self.assertEqual(self.run_tool("/etc/passwd").returncode, 126)
        self.assert_nothing_left()

    def test_a_program_that_is_killed_is_128_and_the_signal(self):
        self.assertEqual(self.run_tool("sh", "-c", "kill -SEGV $$").returncode, 128 + signal.SIGSEGV)

    def test_signals_reach_the_program(self):
        script = 'trap "echo got; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
        running = self.start("sh", "-c", script)
        self.assertEqual(running.stdout.readline(), "ready\n")
        running.send_signal(signal.SIGTERM)
        self.assertEqual(running.communicate(timeout=PATIENCE)[0], "got\n")
        self.assertEqual(running.returncode, 5)
        self.assert_nothing_left()

    def test_an_interrupt_can_be_caught_by_the_program(self):
        # As a shell starts a foreground program; in the background interrupts are ignored.
        script = 'trap "echo got; exit 6" INT; echo ready; while :; do sleep 0.05; done'
        running = self.start("sh", "-c", script)
        self.assertEqual(running.stdout.readline(), "ready\n")
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.communicate(timeout=PATIENCE)[0], "got\n")
        self.assertEqual(running.returncode, 6)

    def test_a_killed_dvm_run_leaves_no_service_and_the_next_one_cleans_up(self):
        running = self.start("sh", "-c", "echo ready; sleep 2")
        self.assertEqual(running.stdout.readline(), "ready\n")
        running.kill()
        running.wait(PATIENCE)
        limit = time.monotonic() + PATIENCE
        while self.services() and time.monotonic() < limit:
            time.sleep(0.02)
        self.assertEqual(self.services(), [])
        self.run_tool("true")
        self.assert_nothing_left()
        running.communicate(timeout=PATIENCE)

    def test_the_service_knows_nothing_of_the_guests_driver(self):
        script = "echo $VK_DRIVER_FILES $VK_ICD_FILENAMES; echo $XEN_VGPU_SOCKET"
        manifests, socket = self.run_tool("sh", "-c", script).stdout.splitlines()
        for manifest in manifests.split():
            self.assertTrue(os.path.exists(manifest), manifest)
        self.assertTrue(socket.startswith(self.place.name))
        # Within itself: the inner service gets the native driver, not the outer guest's.
        ran = self.run_tool(*self.command("--log", "true"))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("Serving on", ran.stderr)

    def test_several_run_at_once(self):
        all_running = [self.start("sh", "-c", "echo $XEN_VGPU_SOCKET; sleep 0.3") for _ in range(4)]
        sockets = {running.communicate(timeout=PATIENCE)[0] for running in all_running}
        self.assertEqual(len(sockets), 4)
        self.assertTrue(all(running.returncode == 0 for running in all_running))
        self.assert_nothing_left()

    def test_a_service_that_does_not_start_is_125_and_says_why(self):
        ran = self.run_tool("--gpu=ffff:ff:1f.7", "true")
        self.assertEqual(ran.returncode, 125)
        self.assertIn("ffff:ff:1f.7", ran.stderr)
        self.assert_nothing_left()

    def test_the_log_can_be_kept(self):
        path = os.path.join(self.place.name, "kept")
        self.run_tool("--keep-log", path, "true")
        self.assertIn("Serving on", pathlib.Path(path).read_text(encoding="utf-8"))

    def test_a_vulkan_program_sees_one_device(self):
        ran = self.run_tool("vulkaninfo", "--summary")
        if ran.returncode == 127:
            self.skipTest("There is no vulkaninfo here.")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertEqual(ran.stdout.count("deviceName"), 1, ran.stdout)


if __name__ == "__main__":
    unittest.main()
