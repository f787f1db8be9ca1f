#!/usr/bin/env python3
"""Everything that can die, dies: nobody else notices, nobody hangs, nothing is left."""

import os
import signal
import subprocess
import time
import unittest

from service import BUILD, MANIFEST, Service, wait_for

ENDLESS = f"{BUILD}/tests/service/vgpu-endless"
FORKING = f"{BUILD}/tests/service/vgpu-forking"
HOSTILE = f"{BUILD}/tests/service/vgpu-hostile-guest"
RENDER = f"{BUILD}/tests/programs/render/vgpu-render"
WAYS = ("submit", "wait", "poll", "wait-timeline", "record", "ask", "allocate", "acquire")


def begin(service, way):
    guest = service.start_guest(ENDLESS, way)
    if guest.stdout.readline() != "ready\n":
        raise AssertionError(f"{way} does not begin: {guest.stderr.read()}")
    return guest


class Deaths(unittest.TestCase):
    def test_a_killed_worker_ends_every_way_of_waiting_with_device_lost(self):
        with Service() as service:
            for way in WAYS:
                with self.subTest(way):
                    guest = begin(service, way)
                    time.sleep(0.2)
                    (worker,) = service.workers()
                    os.kill(worker, signal.SIGKILL)
                    out, _ = guest.communicate(timeout=10)
                    self.assertEqual(out, "VK_ERROR_DEVICE_LOST\n")
                    self.assertEqual(guest.returncode, 0)

    def test_a_killed_application_leaves_no_worker(self):
        with Service() as service:
            for way in WAYS:
                with self.subTest(way):
                    guest = begin(service, way)
                    guest.kill()
                    guest.communicate()
                    wait_for(lambda: not service.workers(), 5, "The worker's end")

    def test_a_neighbour_does_not_notice_a_death(self):
        with Service() as service:
            alone = service.run(RENDER)
            victim = begin(service, "submit")
            before = set(service.workers())
            neighbour = service.start_guest(RENDER)
            os.kill(before.pop(), signal.SIGKILL)
            out, _ = neighbour.communicate(timeout=120)
            victim.communicate(timeout=10)
            self.assertEqual(out, alone.stdout)
            self.assertEqual(neighbour.returncode, 0)

    def test_contexts_outlive_their_supervisor_and_a_new_one_serves(self):
        with Service() as service:
            guest = begin(service, "submit")
            service.process.kill()
            service.process.wait()
            time.sleep(0.5)
            self.assertIsNone(guest.poll(), "The context ended with its supervisor.")
            os.unlink(service.log_path)
            service.start()
            self.assertEqual(service.run(RENDER).returncode, 0)
            self.assertIsNone(guest.poll())
            guest.kill()
            guest.communicate()

    def test_work_that_never_ends_is_stopped_in_time_and_the_neighbour_goes_on(self):
        with Service("--hang-seconds", "2") as service:
            neighbour = begin(service, "submit")
            began = time.monotonic()
            guest = begin(service, "shader")
            out, _ = guest.communicate(timeout=30)
            self.assertEqual(out, "VK_ERROR_DEVICE_LOST\n")
            self.assertLess(time.monotonic() - began, 15, "The limit was 2 s.")
            wait_for(lambda: len(service.workers()) == 1, 5, "The end of the worker")
            self.assertIsNone(neighbour.poll(), "A neighbour's context ended too.")
            self.assertIn("endless", service.log())
            neighbour.kill()
            neighbour.communicate()

    def test_nonsense_in_a_ring_ends_that_context_alone(self):
        with Service() as service:
            neighbour = begin(service, "submit")
            for way in ("noise", "arguments", "forged-tail", "jumping", "endless-record"):
                for seed in range(8 if way in ("noise", "arguments") else 1):
                    with self.subTest(way=way, seed=seed):
                        done = subprocess.run([HOSTILE, service.socket, way, str(seed)], timeout=60,
                                              capture_output=True, text=True, check=False)  # fmt: skip
                        self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIsNone(neighbour.poll(), "A neighbour's context ended too.")
            self.assertIsNone(service.process.poll())
            wait_for(lambda: len(service.workers()) == 1, 10, "The end of the liars' workers")
            neighbour.kill()
            neighbour.communicate()

    def test_sixteen_processes_at_once_draw_what_one_draws(self):
        with Service() as service:
            alone = service.run(RENDER).stdout
            guests = [service.start_guest(RENDER) for _ in range(16)]
            for guest in guests:
                out, errors = guest.communicate(timeout=300)
                self.assertEqual(out, alone, errors)
            wait_for(lambda: not service.workers(), 10, "The workers' end")

    def test_a_forked_child_that_exits_leaves_its_parents_context_alone(self):
        with Service() as service:
            done = service.run(FORKING, "exit")
            self.assertEqual(done.stdout, "drawn\n", done.stderr)
            self.assertEqual(done.returncode, 0)

    def test_an_applications_end_is_seen_though_its_forked_child_lives_on(self):
        with Service() as service:
            with service.start_guest(FORKING, "stay") as guest:
                child = int(guest.stdout.readline())
                try:
                    wait_for(lambda: not service.workers(), 10, "The worker's end")
                    os.kill(child, 0)
                finally:
                    os.kill(child, signal.SIGKILL)

    def test_a_stopped_service_leaves_nothing(self):
        with Service() as service:
            guest = begin(service, "submit")
            service.stop()
            out, _ = guest.communicate(timeout=10)
            self.assertEqual(out, "VK_ERROR_DEVICE_LOST\n")
            self.assertEqual(service.workers(), [])
            self.assertFalse(os.path.exists(service.socket))


class BadStarts(unittest.TestCase):
    def test_without_a_service_the_loader_says_where_it_was_looked_for(self):
        environment = {**os.environ, "XEN_VGPU_SOCKET": "/nonexistent/gpud.sock",
                       "VK_DRIVER_FILES": MANIFEST, "VK_ICD_FILENAMES": MANIFEST}  # fmt: skip
        done = subprocess.run([RENDER], env=environment, capture_output=True, text=True,
                              timeout=60, check=False)  # fmt: skip
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/nonexistent/gpud.sock", done.stderr)

    def test_without_any_driver_the_service_says_what_to_install(self):
        service = Service(environment={"VK_DRIVER_FILES": "/nonexistent.json",
                                       "VK_ICD_FILENAMES": "/nonexistent.json"})  # fmt: skip
        with self.assertRaises(AssertionError) as ended:
            service.start()
        self.assertIn("mesa-vulkan-drivers", str(ended.exception))

    def test_more_contexts_than_allowed_are_refused_with_the_limit(self):
        with Service("--contexts-max", "1") as service:
            guest = begin(service, "submit")
            done = service.run(RENDER)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("1", done.stderr)
            guest.kill()
            guest.communicate()
            wait_for(lambda: not service.workers(), 5, "The worker's end")
            self.assertEqual(service.run(RENDER).returncode, 0)

    def test_memory_over_the_limit_is_out_of_memory_and_no_loss(self):
        with Service("--memory-limit-mb", "64") as service:
            guest = begin(service, "allocate")
            time.sleep(0.5)
            self.assertIsNone(guest.poll(), "Allocations of 64 KiB, freed each time, add up.")
            guest.kill()
            guest.communicate()


if __name__ == "__main__":
    unittest.main()
