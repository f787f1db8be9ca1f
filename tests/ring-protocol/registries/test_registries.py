#!/usr/bin/env python3
"""Ends that were built from registries of different ages understand each other in what both know."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

NEWER, OLDER = sys.argv[1:3]


class Meeting(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vgpu-registries-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_peer(self, peer, *words, ends=0):
        done = subprocess.run([peer, *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, ends, f"{peer} {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def meet(self, writer, reader, verb="write", ends=0):
        offer, records = os.path.join(self.folder, "offer"), os.path.join(self.folder, "records")
        self.run_peer(reader, "offer", offer)
        told = self.run_peer(writer, verb, offer, records)
        return [int(n) for n in re.findall(r"\d+", told)], self.run_peer(reader, "read", records, ends=ends)

    def test_a_newer_guest_leaves_out_what_an_older_host_does_not_know(self):
        (commands, unknown, left_out), told = self.meet(NEWER, OLDER)
        self.assertGreater(commands, 150)
        self.assertGreater(unknown, 20)
        self.assertGreater(left_out, 50)
        self.assertIn("records", told)

    def test_an_older_guest_is_understood_by_a_newer_host(self):
        (commands, unknown, left_out), _ = self.meet(OLDER, NEWER)
        self.assertGreater(commands, 150)
        self.assertEqual((unknown, left_out), (0, 0))

    def test_ends_of_one_registry_know_the_same(self):
        (commands, unknown, left_out), _ = self.meet(NEWER, NEWER)
        self.assertGreater(commands, 250)
        self.assertEqual((unknown, left_out), (0, 0))

    def test_a_guest_that_does_not_ask_what_the_host_knows_is_refused(self):
        self.meet(NEWER, OLDER, verb="write-blind", ends=2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
