"""What a steady frame costs in notifications, grant operations and xenstore operations, and that an
idle program costs none."""

import re
import time

from harness.host import say
from harness.scenario import expect, scenario
from harness.service import serve, start

FRAMES = 100
MOST_A_FRAME = 2.0
REST_SECONDS = 30  # before the frames and after them, to count in
IDLE_SECONDS = 10
# Where a trace was written; the calls that speak with Xen.
TRACE = "/run/lab/trace"
NODES = {"grants": r"/dev/xen/gnt(alloc|dev)", "xenstore": r"/dev/xen/xenbus|/proc/xen/xenbus"}
# gvm-gpud's counters: at most eight nodes a second, each by up to three writes to xenbus.
WRITES_A_SECOND = 24


def events(domain):
    """How often the daemons and programs of a domain were notified so far."""
    lines = [line.split() for line in domain.run("grep evtchn: /proc/interrupts", check=False).lines]
    return sum(int(word) for line in lines for word in line[1:] if word.isdigit())


def trace(domain, programs):
    pids = "".join(f" -p {pid}" for program in programs
                   for pid in domain.run(f"pgrep {program}").stdout.split())  # fmt: skip
    return domain.start(f"strace -f -y -X raw -e trace=ioctl,write,pwrite64,writev -o {TRACE}{pids}", "strace")


def calls(domain):
    text = domain.get(TRACE).decode(errors="replace")
    return {what: len(re.findall(pattern, text)) for what, pattern in NODES.items()}


@scenario("A steady frame takes at most two notifications each way, and an idle program none", core=True)
def notifications(lab):
    serve(lab)
    dvm = lab.dvm_pvh
    job = start(dvm, f"vgpu-steady-frames --frames {FRAMES} --rest-ms {REST_SECONDS * 1000}", "steady")
    time.sleep(1)
    idle = events(dvm), events(lab.gvm)
    time.sleep(IDLE_SECONDS)
    before = events(dvm), events(lab.gvm)
    expect(before == idle, f"Within {IDLE_SECONDS} idle seconds come {before[0] - idle[0]} events in the dvm "
                           f"and {before[1] - idle[1]} in the gvm.")  # fmt: skip
    job.wait_for("drawn", 200)
    to_dvm, to_gvm = (events(dvm) - before[0]) / FRAMES, (events(lab.gvm) - before[1]) / FRAMES
    say(f"Notifications a frame: {to_dvm:.2f} to the dvm, {to_gvm:.2f} to the gvm.")
    expect(to_dvm <= MOST_A_FRAME and to_gvm <= MOST_A_FRAME,
           f"A frame takes {to_dvm:.2f} notifications to the dvm and {to_gvm:.2f} to the gvm.")  # fmt: skip


@scenario("A steady frame takes no grant operation, and no xenstore operation but for the counters")
def operations(lab):
    serve(lab)
    dvm = lab.dvm_pvh
    job = start(dvm, f"vgpu-steady-frames --frames {FRAMES} --rest-ms {REST_SECONDS * 1000}", "steady")
    began = time.monotonic()
    traces = [trace(dvm, ("vgpu-steady", "dvm-gpud")), trace(lab.gvm, ("gvm-gpud", "gvm-gpu-worker"))]
    job.wait_for("drawn", 250)
    for one in traces:
        one.stop()
    seconds = time.monotonic() - began
    for domain in (dvm, lab.gvm):
        counted = calls(domain)
        say(f"{FRAMES} frames in {domain.name}: {counted}")
        expect(counted["grants"] == 0, f"{domain.name} makes {counted['grants']} grant operations.")
        most = WRITES_A_SECOND * seconds if domain is lab.gvm else 0
        expect(counted["xenstore"] <= most, f"{domain.name} writes {counted['xenstore']} times to xenstore.")
