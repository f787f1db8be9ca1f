"""Whole domains end, stand still and come again, and devices are detached, all under load."""

from harness.host import until
from harness.scenario import expect, scenario
from harness.service import LOST, THROUGH, Neighbour, devices, nothing_remains, remains, serve, start
from harness.service import wait_until_connected, works

TOLD_SECONDS = 30


def has_no_worker_of(lab, domid):
    """gvm-gpud has ended all contexts of a domain that is no more."""
    return f"Device 0 of domain {domid} is gone." in lab.gvm.log("gvm-gpud")


@scenario("A dvm that is destroyed under load leaves no zombie, and its successor is served", core=True)
def destroyed(lab):
    serve(lab)
    lab.dom0.run("gvmctl watch --once --configs /share/none", check=False)
    before = remains(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    domid = lab.dom0.domain_id("dvm-pv")
    for way in ("submit", "wait"):
        start(lab.dvm_pv, f"vgpu-endless {way}", way)
    lab.destroy(lab.dvm_pv)
    until(lambda: has_no_worker_of(lab, domid), TOLD_SECONDS, "The end of the dead domain's device")
    until(lambda: "(null)" not in lab.dom0.run("xl list").stdout, TOLD_SECONDS, "The zombie's end", 1)
    neighbour.goes_on()
    lab.create(lab.dvm_pv)
    serve(lab)
    works(lab.dvm_pv)
    neighbour.goes_on()
    neighbour.job.stop()
    lab.dom0.run("gvmctl watch --once --configs /share/none", check=False)
    nothing_remains(lab, before)


@scenario("A dvm that reboots under load is served again")
def rebooted(lab):
    serve(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    start(lab.dvm_pv, "vgpu-endless submit", "victim")
    start_of_console = len(lab.dom0.console("dvm-pv"))
    lab.dvm_pv.run("(sleep 1; echo b >/proc/sysrq-trigger) >/dev/null 2>&1 &")
    lab.dom0.wait_until_up("dvm-pv", start_of_console)
    lab.has_booted(lab.dvm_pv)
    serve(lab)
    works(lab.dvm_pv)
    neighbour.goes_on()


@scenario("A dvm that stands still keeps nobody else waiting, and goes on where it was", core=True)
def paused(lab):
    serve(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    still = Neighbour(lab.dvm_pv)
    lab.dom0.run("xl pause dvm-pv")
    try:
        neighbour.goes_on()
        works(lab.dvm_pvh)
    finally:
        lab.dom0.run("xl unpause dvm-pv")
    still.goes_on()
    neighbour.goes_on()


@scenario("A device that is detached under load is lost, and one that is attached again serves", core=True)
def detached(lab):
    serve(lab)
    before = remains(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    jobs = [start(lab.dvm_pv, f"vgpu-endless {way}", way) for way in ("submit", "wait")]
    lab.dom0.run("gvmctl detach dvm-pv --timeout 30", timeout=60)
    for job in jobs:
        job.wait(TOLD_SECONDS)
        expect(LOST in job.log(), f"{job.name} says:\n{job.log()[-1000:]}")
    expect("dvm-pv" not in devices(lab), "The device is listed still.")
    refused = lab.dvm_pv.run("vgpu-steady-frames --frames 1", user="alice", env=THROUGH, check=False, timeout=90)
    expect("gvmctl attach" in refused.stderr, f"A program is told ({refused.status}): {refused.stderr}")
    lab.dom0.run("gvmctl attach dvm-pv")
    wait_until_connected(lab, lab.dvm_pv)
    works(lab.dvm_pv)
    neighbour.goes_on()
    neighbour.job.stop()
    nothing_remains(lab, before)


@scenario("A device that is detached by force under load is lost, and one that is attached again serves")
def detached_by_force(lab):
    serve(lab)
    before = remains(lab)
    job = start(lab.dvm_pv, "vgpu-endless submit", "victim")
    lab.dom0.run("gvmctl detach dvm-pv --force")
    job.wait(TOLD_SECONDS)
    expect(LOST in job.log(), f"The program says:\n{job.log()[-1000:]}")
    lab.dom0.run("gvmctl attach dvm-pv")
    wait_until_connected(lab, lab.dvm_pv)
    works(lab.dvm_pv)
    nothing_remains(lab, before)


@scenario("A gvm that is destroyed under load is a lost device, and the next gvm serves the same dvms",
          seconds=600)  # fmt: skip
def gvm_destroyed(lab):
    serve(lab)
    jobs = [start(dvm, "vgpu-endless wait", "victim") for dvm in lab.dvms]
    lab.destroy(lab.gvm)
    for job in jobs:
        job.wait(TOLD_SECONDS)
        expect(LOST in job.log(), f"The program in {job.domain.name} says:\n{job.log()[-1000:]}")
    lab.create(lab.gvm)
    for dvm in lab.dvms:
        lab.dom0.run(f"gvmctl detach {dvm.name} --force", check=False)
    serve(lab)
    for dvm in lab.dvms:
        works(dvm)
