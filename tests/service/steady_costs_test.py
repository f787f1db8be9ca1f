#!/usr/bin/env python3
"""What steady drawing costs, counted and not timed: system calls, notifications, allocations, and
wake-ups while idle. The null layer takes the driver's part away."""

import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from service import BUILD, WORKER, Service

COUNTING = f"{BUILD}/tests/service"
COUNT_CALLS = f"{COUNTING}/vgpu-count-calls"
COUNT_LIBRARY_CALLS = f"{COUNTING}/libvgpu_count_library_calls.so"
STEADY_COSTS = f"{COUNTING}/vgpu-steady-costs"
NULL_LAYER = {"VK_LAYER_PATH": f"{BUILD}/bench/null_layer", "VK_INSTANCE_LAYERS": "VK_LAYER_VGPU_null"}
IDLE_SECONDS = 10


def wakeups(pid):
    """How often any thread of a process has begun to run after it had slept."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        total += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.M)[1])
    return total


class SteadyDrawing(unittest.TestCase):
    """One run of vgpu-steady-costs, which several tests look at. It is idle by then."""

    counts_system_calls = False

    @classmethod
    def counting(cls, whose):
        counted = {"VGPU_COUNT_LIBRARY_CALLS": f"{cls.folder}/{whose}-library", "VGPU_PRELOAD": COUNT_LIBRARY_CALLS}
        return counted | ({"VGPU_COUNT_CALLS": f"{cls.folder}/{whose}-calls"} if cls.counts_system_calls else {})

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="vgpu-counts-"))
        os.chmod(cls.folder, 0o755)
        # A worker that starts meanwhile would be counted too.
        cls.service = cls.enterClassContext(Service(
            "--spare-workers=0", worker=COUNT_CALLS, environment={**cls.counting("worker"), **NULL_LAYER, "VGPU_COUNTED": WORKER}))  # fmt: skip
        cls.guest = subprocess.Popen(
            [COUNT_CALLS, STEADY_COSTS, cls.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**cls.service.guest_environment(), **cls.counting("application")})  # fmt: skip
        cls.addClassCleanup(cls.guest.communicate)
        cls.costs = {}
        for line in cls.guest.stdout:
            if line == "idle\n":
                return
            what, _, value = line.rpartition(" ")
            cls.costs[what] = int(value)
        raise AssertionError(f"vgpu-steady-costs ends early.\n{cls.service.log()}")

    def expect_none(self, *what):
        self.assertEqual({name: self.costs[name] for name in what}, dict.fromkeys(what, 0))


class SystemCalls(SteadyDrawing):
    counts_system_calls = True

    def test_system_calls_are_counted(self):
        # A counter that counts nothing would find everything good.
        self.assertGreater(self.costs["all: application calls"], 100)
        self.assertGreater(self.costs["all: worker calls"], 100)
        self.assertGreater(self.costs["all: worker memory calls"], 10)

    def test_a_busy_ring_needs_no_system_call_at_either_end(self):
        self.expect_none("burst: application calls", "burst: worker calls")

    def test_a_steady_frame_shares_and_maps_no_memory(self):
        self.expect_none("frames: application memory calls", "frame: worker memory calls")


class LibraryCalls(SteadyDrawing):
    def test_allocations_and_notifications_are_counted(self):
        self.assertGreater(self.costs["all: application allocations"], 100)
        self.assertGreater(self.costs["all: worker allocations"], 100)
        self.assertGreater(self.costs["all: application notifications"], 0)
        self.assertGreater(self.costs["all: worker notifications"], 0)

    def test_a_busy_ring_needs_no_allocation_at_either_end(self):
        self.expect_none("burst: application allocations", "burst: worker allocations")

    def test_a_steady_frame_allocates_nothing_at_either_end(self):
        self.expect_none("frames: application allocations", "frames: worker allocations")

    def test_a_steady_frame_takes_at_most_two_notifications_each_way(self):
        # 9.6 KiB of commands: a worker that sleeps is not woken for a part of them.
        for way in ("application", "worker"):
            with self.subTest(way):
                self.assertLessEqual(self.costs[f"frame: {way} notifications"], 2)

    def test_nobody_wakes_up_while_nothing_is_to_be_done(self):
        (worker,) = self.service.workers()
        processes = {"the application": self.guest.pid, "its worker": worker, "gvm-gpud": self.service.process.pid}
        time.sleep(1)  # until those that were busy sleep, and the worker's heap has gone back
        before = {name: wakeups(pid) for name, pid in processes.items()}
        time.sleep(IDLE_SECONDS)
        woken = {name: wakeups(pid) - before[name] for name, pid in processes.items()}
        self.assertEqual(woken, dict.fromkeys(processes, 0))


del SteadyDrawing  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
