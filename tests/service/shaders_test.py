#!/usr/bin/env python3
"""Shaders that host drivers crash on: refused for who brings them, and noticed by nobody else."""

import unittest

from service import BUILD, Service, wait_for

BAD = f"{BUILD}/tests/service/vgpu-bad-shaders"
RENDER = f"{BUILD}/tests/programs/render/vgpu-render"
# What only validation finds.
NEEDS_VALIDATION = ("not valid", "chained and not valid")


def results(out):
    return [line.split(": ", 1) for line in out.splitlines()]


class Shaders(unittest.TestCase):
    def test_bad_shaders_are_refused_and_the_program_goes_on(self):
        with Service() as service:
            done = service.run(BAD, "2")
            self.assertEqual(done.returncode, 0, done.stderr + service.log())
            *made, last = results(done.stdout)
            for name, result in made:
                with self.subTest(name):
                    wanted = "VK_SUCCESS" if name == "good" else "VK_ERROR_INVALID_SHADER_NV"
                    self.assertEqual(result, wanted)
            self.assertEqual(last, ["then", "computes 6"])
            log = service.log()
            self.assertNotIn("Context lost", log)
            for check in ("validation", "descriptors", "push-constants", "entry-point",
                          "private-memory", "workgroup-memory", "local-size",
                          "specialization"):  # fmt: skip
                self.assertIn(f"is refused by the check {check}: ", log)

    def test_a_guest_without_validation_still_has_bounds(self):
        with Service("--shader-gate=bounds") as service:
            done = service.run(BAD, "1")
            self.assertNotIn("the check validation", service.log())
            for name, result in results(done.stdout):
                if name in NEEDS_VALIDATION:
                    break  # from here on it is the driver's turn, which may end the context
                with self.subTest(name):
                    wanted = "VK_SUCCESS" if name == "good" else "VK_ERROR_INVALID_SHADER_NV"
                    self.assertEqual(result, wanted)

    def test_bad_shaders_disturb_no_neighbour(self):
        with Service() as service:
            alone = service.run(RENDER)
            neighbour = service.start_guest(RENDER)
            hostile = service.start_guest(BAD, "40")
            out, _ = neighbour.communicate(timeout=120)
            hostile.communicate(timeout=120)
            self.assertEqual(out, alone.stdout)
            self.assertEqual(neighbour.returncode, 0)
            # The log is not theirs to fill.
            self.assertLess(service.log().count("is refused by the check"), 60)

    def test_a_compilation_without_end_ends_its_context_and_no_other(self):
        with Service("--compile-seconds=1") as service:
            alone = service.run(RENDER)
            heavy = service.start_guest(BAD, "heavy")
            beside = service.run(RENDER)
            out, _ = heavy.communicate(timeout=60)
            self.assertEqual(out, "heavy: VK_ERROR_DEVICE_LOST\n")
            self.assertEqual(beside.stdout, alone.stdout)
            self.assertIn("takes longer than 1 s for vkCreateComputePipelines", service.log())
            wait_for(lambda: not service.workers(), 10, "The worker's end")


if __name__ == "__main__":
    unittest.main()
