#!/usr/bin/env python3
"""A worker loads the driver of the GPU that it serves, and no other."""

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from service import BUILD, Service

ENDLESS = f"{BUILD}/tests/service/vgpu-endless"
DRIVERS = sorted(path for folder in ("/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d")
                 for path in Path(folder).glob("*.json"))  # fmt: skip


def loaded_drivers(service):
    """Names of the drivers' libraries in the memory of the guest's worker."""
    guest = service.start_guest(ENDLESS, "submit")
    try:
        if guest.stdout.readline() != "ready\n":
            raise AssertionError(f"The guest does not begin: {guest.stderr.read()}")
        (worker,) = service.workers()
        maps = Path(f"/proc/{worker}/maps").read_text()
    finally:
        guest.kill()
        guest.communicate()
    libraries = set(re.findall(r"/(lib(?:vulkan_|GLX_nvidia)[^/\s]*\.so[^/\s]*)$", maps, re.M))
    return {name for name in libraries if not name.startswith("libvulkan_dvm")}


@unittest.skipUnless(hasattr(os, "geteuid") and os.geteuid() == 0, "reads another user's memory map")
class Drivers(unittest.TestCase):
    def test_a_worker_loads_the_served_driver_alone(self):
        # One more than the machine has, so that there is a choice.
        with tempfile.TemporaryDirectory(prefix="vgpu-drivers-") as folder:
            os.chmod(folder, 0o755)
            for manifest in DRIVERS:
                shutil.copy(manifest, folder)
            Path(folder, "broken_icd.json").write_text(
                '{"file_format_version": "1.0.0", "ICD": {"library_path": "/nowhere/libvulkan_broken.so", "api_version": "1.3.0"}}')  # fmt: skip
            with Service("--spare-workers=0", environment={"VK_DRIVER_FILES": folder}) as service:
                self.assertEqual(len(loaded_drivers(service)), 1, service.log())
            with Service("--spare-workers=0", "--drivers=all", environment={"VK_DRIVER_FILES": folder}) as service:
                self.assertEqual(len(loaded_drivers(service)), len(DRIVERS), service.log())


if __name__ == "__main__":
    unittest.main()
