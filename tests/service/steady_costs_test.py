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
COUNT_ALLOCATIONS = f"{COUNTING}/libvgpu_count_allocations.so"
STEADY_COSTS = f"{COUNTING}/vgpu-steady-costs"
IDLE_SECONDS = 10


def counting(folder, whose):
    return {"VGPU_COUNT_CALLS": f"{folder}/{whose}-calls",
            "VGPU_COUNT_ALLOCATIONS": f"{folder}/{whose}-allocations",
            "VGPU_PRELOAD": COUNT_ALLOCATIONS}  # fmt: skip


def wakeups(pid):
    """How often any thread of a process has begun to run after it had slept."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        total += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.M)[1])
    return total


class SteadyCosts(unittest.TestCase):
    """One run of vgpu-steady-costs, looked at by several tests."""

    @classmethod
    def setUpClass(cls):
        cls.costs = {}
        cls.folder = tempfile.TemporaryDirectory(prefix="vgpu-counts-")
        cls.addClassCleanup(cls.folder.cleanup)
        folder = cls.folder.name
        os.chmod(folder, 0o755)
        cls.service = Service(worker=COUNT_CALLS, environment={
            **counting(folder, "worker"), "VGPU_COUNTED": WORKER, "VK_LAYER_PATH": f"{BUILD}/bench/null_layer",
            "VK_INSTANCE_LAYERS": "VK_LAYER_VGPU_null"})  # fmt: skip
        cls.enterClassContext(cls.service)
        guest = subprocess.Popen(
            [COUNT_CALLS, STEADY_COSTS, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**cls.service.guest_environment(), **counting(folder, "application")})  # fmt: skip
        cls.addClassCleanup(guest.communicate)
        cls.guest = guest
        for line in guest.stdout:
            if line == "idle\n":
                break
            what, value = line.rsplit(" ", 1)
            cls.costs[what] = int(value)
        if guest.poll() is not None or not cls.costs:
            raise AssertionError(f"vgpu-steady-costs ends early.\n{cls.service.log()}")

    def cost(self, what):
        return self.costs[what]

    def test_something_is_counted(self):
        # A counter that counts nothing would find everything good.
        self.assertGreater(self.cost("all: application calls"), 100)
        self.assertGreater(self.cost("frames: worker calls"), 0)

    def test_a_busy_ring_needs_no_system_call_at_either_end(self):
        self.assertEqual(self.cost("burst: application calls"), 0)
        self.assertEqual(self.cost("burst: worker calls"), 0)

    def test_a_busy_ring_needs_no_allocation_at_either_end(self):
        self.assertEqual(self.cost("burst: application allocations"), 0)
        self.assertEqual(self.cost("burst: worker allocations"), 0)

    def test_a_steady_frame_takes_at_most_two_notifications_each_way(self):
        self.assertLessEqual(self.cost("frame: application notifications"), 2)
        self.assertLessEqual(self.cost("frame: worker notifications"), 2)

    def test_a_steady_frame_allocates_nothing_at_either_end(self):
        self.assertEqual(self.cost("frames: application allocations"), 0)
        self.assertEqual(self.cost("frames: worker allocations"), 0)

    def test_a_steady_frame_shares_and_maps_no_memory(self):
        self.assertEqual(self.cost("frames: application memory calls"), 0)
        self.assertEqual(self.cost("frame: worker memory calls"), 0)

    def test_nobody_wakes_up_while_nothing_is_to_be_done(self):
        (worker,) = self.service.workers()
        processes = {"the application": self.guest.pid, "its worker": worker, "gvm-gpud": self.service.process.pid}
        time.sleep(0.5)  # until those that were busy have fallen asleep
        before = {name: wakeups(pid) for name, pid in processes.items()}
        time.sleep(IDLE_SECONDS)
        woken = {name: wakeups(pid) - before[name] for name, pid in processes.items()}
        self.assertEqual(woken, dict.fromkeys(processes, 0))


if __name__ == "__main__":
    unittest.main()
