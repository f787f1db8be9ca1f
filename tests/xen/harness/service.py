"""The service on Xen as scenarios use it: its daemons, its devices, programs that go through it, and
what it may leave behind."""

import concurrent.futures
import dataclasses
import json
import re

from .host import LabError, until
from .scenario import expect

SOCKET = "/run/xen-vgpu/gpud.sock"
LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
GUEST = "/usr/local/share/vulkan/icd.d/xvgpu_icd.x86_64.json"
NATIVE = {"VK_DRIVER_FILES": LAVAPIPE, "VK_ICD_FILENAMES": LAVAPIPE}
THROUGH = {"VK_DRIVER_FILES": GUEST, "VK_ICD_FILENAMES": GUEST, "XDG_RUNTIME_DIR": "/tmp"}
# Under emulation a second of the GPU's work can take a minute.
GPUD = f"gvm-gpud --socket {SOCKET} --driver {LAVAPIPE} --hang-seconds 0"
BROKER = "dvm-gpud --log-level debug --resume-seconds 55"
LOST = "VK_ERROR_DEVICE_LOST"
# Nodes of a device that come with its use, and those that an administrator sets.
NOT_COUNTED = "vgpu/.*/(stats|memory-limit-mb|contexts-max|gpu|features|log-level)"


def start_gpud(lab):
    return lab.gvm.start(GPUD, "gvm-gpud", lasting=True)


def start_broker(dvm, options=""):
    return dvm.start(f"{BROKER} {options}", "dvm-gpud", lasting=True)


def devices(lab):
    """The rows of gvmctl list by the guests' names."""
    return {row["dvm"]: row for row in json.loads(lab.dom0.run("gvmctl list --json").stdout)}


def is_connected(lab, dvm):
    row = devices(lab).get(dvm.name)
    return bool(row) and row["condition"] == "connected"


def wait_until_connected(lab, *dvms, timeout=60):
    for dvm in dvms:
        until(lambda one=dvm: is_connected(lab, one), timeout, f"{dvm.name}'s connection", 1)


def serve(lab):
    """gvm-gpud in the gvm, dvm-gpud in each dvm, and a device for each, connected: what is missing of it."""
    if lab.gvm.job("gvm-gpud") is None:
        start_gpud(lab).wait_for("Serving vgpu devices", 120)
    attached = devices(lab)
    for dvm in lab.dvms:
        if dvm.job("dvm-gpud") is None:
            start_broker(dvm)
        if dvm.name not in attached:
            lab.dom0.run(f"gvmctl attach {dvm.name}")
    wait_until_connected(lab, *lab.dvms)


def in_both(lab, work):
    """work(dvm) of both dvms at once."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        return list(threads.map(work, lab.dvms))


def start(dvm, command, name, ready="ready"):
    """A program that goes through the service, for a user without rights, once it has said `ready`."""
    job = dvm.start(command, name, user="alice", env=THROUGH)
    job.wait_for(ready, 120)
    return job


def works(dvm, timeout=240):
    """A short program works in the dvm."""
    done = dvm.run("vgpu-steady-frames --frames 3 --pace-ms 0", user="alice", env=THROUGH, timeout=timeout)
    expect("the same picture" in done.stdout, f"vgpu-steady-frames in {dvm.name} says:\n{done.stdout}")


class Neighbour:
    """A program that draws frames in a dvm for as long as the scenario does something else."""

    def __init__(self, dvm):
        self.job = start(dvm, "vgpu-steady-frames", "neighbour")

    def frames(self):
        log = self.job.log()
        expect(self.job.alive, f"The neighbour in {self.job.domain.name} has ended:\n{log[-500:]}")
        return int((re.findall(r"^frame (\d+)$", log, re.M) or ["0"])[-1])

    def goes_on(self):
        """Raises unless it still draws."""
        before = self.frames()
        until(lambda: self.frames() >= before + 5, 60, f"The neighbour's next frames after {before}", 0.5)


@dataclasses.dataclass(frozen=True)
class Remains:
    """What is counted before and after: what a scenario leaves behind shows as a difference."""

    domains: tuple
    ports: dict  # event channels by domain
    grants: dict  # pages that the gvm has mapped, by the domain that granted them
    descriptors: dict  # of each daemon
    workers: int
    nodes: dict  # xenstore's, by domain

    def differences(self, before):
        return [f"{name}: {getattr(self, name)}, before {getattr(before, name)}"
                for name in self.__dataclass_fields__ if getattr(self, name) != getattr(before, name)]  # fmt: skip


def remains(lab):
    listed = [line.split() for line in lab.dom0.run("xl list").lines[1:]]
    ids = {words[1]: words[0] for words in listed}
    count = "; ".join(f"echo {name} $(lsevtchn {number} | wc -l)"
                      f" $(xenstore-ls -f /local/domain/{number} | grep -Evc '{NOT_COUNTED}')"
                      for number, name in ids.items() if name != "(null)")  # fmt: skip
    rows = [line.split() for line in lab.dom0.run(count).lines]
    daemons = ((lab.gvm, "gvm-gpud"), *((dvm, "dvm-gpud") for dvm in lab.dvms))
    workers = lab.gvm.run("pgrep -c gvm-gpu-worker", check=False).stdout.strip()
    return Remains(domains=tuple(sorted(ids.values())), ports={name: int(ports) for name, ports, _ in rows},
                   grants=grants_in_use(lab, ids), descriptors={one.name: descriptors(one, program) for one, program in daemons},
                   workers=int(workers), nodes={name: int(nodes) for name, _, nodes in rows})  # fmt: skip


def workers_of(lab, dvm):
    """Process ids of the workers that serve a dvm's applications, by gvm-gpud's log."""
    domid = lab.dom0.domain_id(dvm.name)
    begun = [line for line in lab.gvm.log("gvm-gpud").splitlines() if f"of domain {domid}; worker " in line]
    named = {int(line.split("; worker ")[1].split(";")[0]) for line in begun}
    return named & {int(pid) for pid in lab.gvm.run("pgrep gvm-gpu-worker", check=False).stdout.split()}


def descriptors(domain, program):
    """How many the daemon has open."""
    found = domain.run(f"ls /proc/$(pidof {program})/fd | wc -l", check=False).stdout.strip()
    return int(found or 0)


def grants_in_use(lab, ids):
    """How many pages of each domain the gvm has mapped, as the hypervisor says."""
    console = lab.dom0.console("dom0")
    lab.dom0.run("xl debug-keys g")

    def shown():
        return b"gnttab_usage_print_all ] done" in lab.dom0.console("dom0")[len(console):]

    until(shown, 60, "Xen's list of grants in xen.log", 0.5)
    gvm = next((number for number, name in ids.items() if name == "gvm"), None)
    return count_grants(lab.dom0.console("dom0")[len(console):].decode(errors="replace"), ids, gvm)


def count_grants(text, names, mapper):
    """The pages that the domain `mapper` has mapped of each domain, of what the debug key g prints."""
    counts, current = {}, None
    for line in text.splitlines():
        owner = re.search(r"grant-table for remote d(\d+)", line)
        entry = re.search(r"\[0x[0-9a-f]+\]\s+(\d+) 0x", line)
        if owner:
            current = names.get(owner[1], "(null)")
            counts[current] = counts.get(current, 0)
        elif entry and current and entry[1] == mapper:
            counts[current] += 1
    return counts


def nothing_remains(lab, before, timeout=60):
    """Waits until everything is as it was: what the kernel defers is freed within seconds."""

    def look():
        nonlocal differences
        differences = remains(lab).differences(before)
        return not differences

    differences = []
    try:
        until(look, timeout, "The end of what was left behind", 2)
    except LabError as late:
        raise AssertionError(f"Left behind: {'; '.join(differences)}") from late
