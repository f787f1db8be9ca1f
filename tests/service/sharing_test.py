#!/usr/bin/env python3
"""Two processes of a guest share memory, semaphores and fences, on imported and on mirrored memory."""

import os
import signal
import time
import unittest

from service import BUILD, Service, wait_for

SHARING = f"{BUILD}/tests/service/vgpu-sharing"


class Sharing(unittest.TestCase):
    def share(self, way, rounds=40, options=()):
        with Service(*options) as service:
            done = service.run(SHARING, way, "--rounds", str(rounds))
            self.assertEqual(done.returncode, 0, done.stderr + service.log())
            self.assertEqual(done.stdout.splitlines()[-1:], [way], done.stderr)
            self.assertNotIn("Context lost", service.log())
            wait_for(lambda: not service.workers(), 10, "The workers' end")

    def share_both(self, way):
        for options in ([], ["--memory-import", "copy"]):
            with self.subTest(options=options):
                self.share(way, options=options)

    def test_what_one_process_writes_on_its_device_the_other_reads_after_a_shared_semaphore(self):
        self.share_both("memory")

    def test_shared_memory_outlives_the_allocation_and_is_mapped_and_exported_again(self):
        self.share_both("mapped")

    def test_an_image_has_the_pixels_that_another_process_drew(self):
        self.share_both("image")

    def test_two_queues_wait_for_each_others_timeline_a_thousand_times(self):
        self.share("timeline", rounds=500)

    def test_two_processors_wait_for_each_others_timeline(self):
        self.share("timeline-host")

    def test_a_shared_fence_is_signalled_and_reset_across_processes(self):
        self.share("fence")

    def test_a_sync_file_polls_readable_when_the_work_is_done_and_not_before(self):
        self.share("sync-file")

    def test_descriptors_that_are_none_are_refused_and_harm_nothing(self):
        self.share_both("bogus")

    def test_a_killed_signaller_keeps_nobody_waiting(self):
        with Service() as service:
            guest = service.start_guest(SHARING, "deaths")
            word, owner = guest.stdout.readline().split()
            self.assertEqual(word, "ready")
            time.sleep(1)
            self.assertIsNone(guest.poll(), "Nobody has signalled, and nobody has died.")
            began = time.monotonic()
            os.kill(int(owner), signal.SIGKILL)
            out, errors = guest.communicate(timeout=30)
            self.assertEqual(out, "went on\ndeaths\n", errors)
            self.assertEqual(guest.returncode, 0)
            self.assertLess(time.monotonic() - began, 10)
            self.assertNotIn("Context lost", service.log())

    def test_a_killed_worker_of_the_signaller_keeps_nobody_waiting(self):
        with Service() as service:
            guest = service.start_guest(SHARING, "deaths")
            _, owner = guest.stdout.readline().split()
            os.kill(self.worker_of(service, owner), signal.SIGKILL)
            self.assertEqual(guest.stdout.readline(), "went on\n")
            os.kill(int(owner), signal.SIGKILL)
            _, errors = guest.communicate(timeout=30)
            self.assertEqual(guest.returncode, 0, errors)

    def worker_of(self, service, process):
        line = next(line for line in service.log().splitlines()
                    if f"process {process}" in line and "; worker " in line)  # fmt: skip
        return int(line.split("; worker ")[1].split(";")[0])


if __name__ == "__main__":
    unittest.main()
