#!/usr/bin/env python3
"""What meson install puts where: units, rules and options where their readers look for them."""

import json
import os
import re
import subprocess
import sys
import unittest

BUILD = sys.argv.pop(1)


def introspect(what):
    ran = subprocess.run(["meson", "introspect", what, BUILD], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installed = introspect("--installed")
        cls.prefix = next(o["value"] for o in introspect("--buildoptions") if o["name"] == "prefix")

    def goes_to(self, ending):
        """The only installed path that ends so."""
        found = [path for path in self.installed.values() if path.endswith(ending)]
        self.assertEqual(len(found), 1, f"{ending}: {found}")
        return found[0]

    def test_each_file_lies_where_its_reader_looks(self):
        for name in ["sbin/gvmctl", "lib/modprobe.d/xen-vgpu-gvm.conf", "lib/modprobe.d/xen-vgpu-dvm.conf",
                     "lib/sysusers.d/xen-vgpu.conf", "lib/udev/rules.d/90-xen-vgpu.rules",
                     "share/doc/xen-vgpu/admin.md", "share/xen-vgpu/xl-configs/gvm-hvm.cfg"]:  # fmt: skip
            self.assertEqual(self.goes_to("/" + name), os.path.join(self.prefix, name))
        for unit in ["gvmctl-watch", "gvm-gpud", "dvm-gpud"]:
            self.assertRegex(self.goes_to(f"/{unit}.service"), r"lib/systemd/system/")

    def test_units_start_programs_of_the_same_installation(self):
        units = [path for path in self.installed if path.endswith(".service")]
        self.assertEqual(len(units), 3)
        for path in units:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertNotRegex(text, r"@\w+@")
            program = re.search(r"^ExecStart=(\S+)", text, re.M).group(1)
            self.assertEqual(os.path.dirname(program), os.path.join(self.prefix, "sbin"))
            self.assertTrue(os.path.basename(path).startswith(os.path.basename(program)))


if __name__ == "__main__":
    unittest.main()
