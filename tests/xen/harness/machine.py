"""The emulated machine: QEMU with Xen, dom0's disk, a display to pass through, and a network that
leads only to this machine."""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from . import monitor, staging
from .host import LabError, say, until

# What QEMU 7.2 does not emulate well enough: dom0 dies in its first iret with SMAP, Xen in mwait with
# MONITOR, and lavapipe draws wrong pictures with AVX.
CPU = "EPYC,-smap,-monitor,-avx,-avx2,-fma,-f16c"
# Lazy switching of the FPU corrupts dom0's registers under emulation. The frames are for guests that
# share hundreds of MiB.
XEN_OPTIONS = ("console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all dom0_mem=1024M,max:1024M "
               "bootscrub=0 spec-ctrl=no,eager-fpu gnttab_max_frames=1024 "
               "gnttab_max_maptrack_frames=8192")  # fmt: skip
LINUX_OPTIONS = "console=hvc0 quiet loglevel=4 panic=5 mitigations=off"
MEMORY_MIB = 8192
AGENT_PORT = 7000
# The addresses in the machine's network, which QEMU forwards ports of this machine to.
ADDRESSES = {"dom0": "10.0.2.15", "gvm": "10.0.2.20", "dvm-pv": "10.0.2.21", "dvm-pvh": "10.0.2.22"}
DISPLAY_SLOT = 0x10
MONITOR = "monitor"  # QEMU's socket in the folder
LOCK = "lock"  # in the folder; held by who uses it
END_SECONDS = 10


def free_ports(count):
    """Ports of this machine that nobody listens at just now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def die_with_parent():
    """So that QEMU does not outlive a harness that is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Machine:
    """One QEMU process and its folder. What must be known to take it over lies in machine.json."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.share = self.folder / "share"
        self.state_file = self.folder / "machine.json"
        self.state = {}
        self.process = None

    # --- starting and ending

    def start(self, images, build, options):
        """Switches the machine on, with the programs that the build folder has now."""
        self._clear()
        staged = staging.stage(build, self.folder)
        shutil.copy(images.kernel, self.share / "vmlinux")
        staging.add_to_ramdisk(staged, images.ramdisk, self.share / "ramdisk")
        ports = dict(zip(ADDRESSES, free_ports(len(ADDRESSES))))
        with open(self.folder / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(
                ["nice", "-n", "5", *self._command(images, options, ports)],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=None if options.keep else die_with_parent)  # fmt: skip
        self.state = {"pid": self.process.pid, "ports": ports,
                      "in_ramdisk": staging.contents(staged), "pushed": {}}  # fmt: skip
        self.save()

    def must_be_off(self):
        """Complains about a machine that is still up in this folder."""
        try:
            self.take_over()
        except LabError:
            return
        raise LabError(f"A machine is up (process {self.state['pid']}). Use it with --attach, or end it with --stop.")

    def _clear(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
            elif old.name != LOCK:
                old.unlink()
        (self.share / "console").mkdir(parents=True)

    def _command(self, images, options, ports):
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{ports[name]}-{address}:{AGENT_PORT}"
                           for name, address in ADDRESSES.items())  # fmt: skip
        linux = f"{LINUX_OPTIONS} lab.name=dom0 lab.root=/dev/vda lab.address={ADDRESSES['dom0']}"
        command = ["qemu-system-x86_64", "-M", "q35", "-accel", options.accelerator, "-smp", str(options.cpus), "-cpu", CPU,
                   "-m", str(MEMORY_MIB), "-display", "none", "-nodefaults", "-no-reboot",
                   "-serial", f"file:{self.folder}/xen.log", "-qmp", f"unix:{MONITOR},server,wait=off",
                   "-device", "intel-iommu,intremap=on",
                   "-device", f"bochs-display,id=gpu0,addr={DISPLAY_SLOT:#x}",
                   "-netdev", f"user,id=net0,restrict=on{forwards}", "-device", "virtio-net-pci,netdev=net0",
                   "-virtfs", f"local,path={self.share},mount_tag=share,security_model=none",
                   "-kernel", str(images.hypervisor), "-append", XEN_OPTIONS,
                   "-initrd", f"{self.share}/vmlinux {linux},{self.share}/ramdisk"]  # fmt: skip
        for name in ("dom0", "guest"):
            command += ["-drive", f"file={getattr(images, name)},format=raw,if=none,id={name},readonly=on",
                        "-device", f"virtio-blk-pci,drive={name}"]  # fmt: skip
        return command

    def take_over(self):
        """Becomes the machine that an earlier run left up."""
        try:
            self.state = json.loads(self.state_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.state = {}
        if not self.alive():
            raise LabError(f"No machine is up in {self.folder}. Start one with --keep.")

    def must_be_on(self):
        if not self.alive():
            raise LabError(f"QEMU has ended. See {self.folder}/qemu.log and xen.log.")

    def alive(self):
        if self.process:
            return self.process.poll() is None
        pid = self.state.get("pid")
        try:
            return bool(pid) and b"qemu-system" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def end(self):
        if not self.alive():
            return
        pid = self.state["pid"]
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.1)
        if self.alive():
            os.kill(pid, signal.SIGKILL)
            until(lambda: not self.alive(), END_SECONDS, "The end of QEMU")
        self.state_file.unlink(missing_ok=True)
        (self.folder / MONITOR).unlink(missing_ok=True)
        say("The machine is off.")

    def save(self):
        text = json.dumps(self.state, indent=1)
        scratch = self.state_file.with_suffix(".new")
        scratch.write_text(text, encoding="utf-8")
        scratch.rename(self.state_file)

    # --- what it shows

    def console(self, name):
        """The file that a domain's console goes to."""
        return self.folder / "xen.log" if name == "dom0" else self.share / f"console/guest-{name}.log"

    def picture(self, name):
        """Writes what the passed-through display shows to pictures/NAME.png; returns its pixels, three
        octets each, and the width."""
        pixels = self.folder / "pictures" / f"{name}.ppm"
        pixels.parent.mkdir(exist_ok=True)
        for path, kind in ((pixels.with_suffix(".png"), "png"), (pixels, "ppm")):
            monitor.Monitor(self.folder, MONITOR).command("screendump", filename=str(path), device="gpu0", format=kind)
        _magic, size, _depth, octets = pixels.read_bytes().split(b"\n", 3)
        pixels.unlink()
        return octets, int(size.split()[0])
