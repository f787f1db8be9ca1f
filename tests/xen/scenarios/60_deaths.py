"""Processes die on either side: who lives on is told in bounded time, the other dvm notices nothing,
and what was started again serves again by itself."""

from harness.host import until
from harness.scenario import expect, scenario
from harness.service import LOST, Neighbour, nothing_remains, remains, serve, start, start_broker, start_gpud
from harness.service import wait_until_connected, workers_of, works

# What an application may take to hear of a death, with all of a busy emulated machine's slowness.
TOLD_SECONDS = 30
WAYS = ("submit", "wait", "poll", "wait-timeline", "record", "ask", "allocate", "acquire")


def expect_lost(job):
    """The program ends by itself, and with a lost device."""
    job.wait(TOLD_SECONDS)
    expect(LOST in job.log(), f"{job.name} in {job.domain.name} says:\n{job.log()[-1000:]}")


def kill_workers_of(lab, dvm):
    pids = workers_of(lab, dvm)
    expect(pids, f"No worker serves {dvm.name}.")
    lab.gvm.run("kill -9 " + " ".join(map(str, pids)))


@scenario("A killed application leaves nothing behind, and its neighbour draws on", core=True)
def application(lab):
    serve(lab)
    before = remains(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    for way in ("submit", "wait"):
        job = start(lab.dvm_pv, f"vgpu-endless {way}", "victim")
        job.signal(9)
        job.wait(10)
        until(lambda: not workers_of(lab, lab.dvm_pv), TOLD_SECONDS, "The end of the worker")
    neighbour.goes_on()
    neighbour.job.stop()
    works(lab.dvm_pv)
    nothing_remains(lab, before)


@scenario("A killed worker is a lost device for its application alone, however that waits", seconds=600)
def every_way(lab):
    worker(lab, WAYS)


@scenario("A killed worker is a lost device for its application alone", core=True)
def one_way(lab):
    worker(lab, ("wait",))


def worker(lab, ways):
    serve(lab)
    before = remains(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    for way in ways:
        job = start(lab.dvm_pv, f"vgpu-endless {way}", "victim")
        kill_workers_of(lab, lab.dvm_pv)
        expect_lost(job)
    neighbour.goes_on()
    neighbour.job.stop()
    works(lab.dvm_pv)
    nothing_remains(lab, before)


@scenario("A killed dvm-gpud is a lost device for its guest's applications, and a new one serves", core=True)
def broker(lab):
    serve(lab)
    before = remains(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    jobs = [start(lab.dvm_pv, f"vgpu-endless {way}", way) for way in ("submit", "wait")]
    lab.dvm_pv.job("dvm-gpud").signal(9)
    for job in jobs:
        expect_lost(job)
    until(lambda: not workers_of(lab, lab.dvm_pv), TOLD_SECONDS, "The end of the workers")
    start_broker(lab.dvm_pv)
    wait_until_connected(lab, lab.dvm_pv)
    works(lab.dvm_pv)
    neighbour.goes_on()
    neighbour.job.stop()
    nothing_remains(lab, before)


@scenario("Contexts in every dvm outlive a killed gvm-gpud, and a new one serves them", core=True)
def supervisor(lab):
    serve(lab)
    before = remains(lab)
    drawing = [Neighbour(dvm) for dvm in lab.dvms]
    growing = [start(dvm, "vgpu-endless grow", "growing", ready="4 MiB") for dvm in lab.dvms]
    lab.gvm.run("kill -9 $(pidof gvm-gpud)")
    for neighbour in drawing:
        neighbour.goes_on()
    start_gpud(lab).wait_for("Serving vgpu devices", 55)
    wait_until_connected(lab, *lab.dvms)
    for dvm in lab.dvms:
        works(dvm)
    for job in growing:
        job.wait_for("40 MiB", 120)  # which the new one has mapped
        job.stop()
    for neighbour in drawing:
        neighbour.goes_on()
        neighbour.job.stop()
    nothing_remains(lab, before)


@scenario("A stopped gvm-gpud is a lost device in every dvm, and a new one serves by itself", core=True)
def stopped(lab):
    serve(lab)
    before = remains(lab)
    jobs = [start(dvm, f"vgpu-endless {way}", way) for dvm in lab.dvms for way in ("submit", "wait")]
    lab.gvm.run("kill -TERM $(pidof gvm-gpud)")
    for job in jobs:
        expect_lost(job)
    until(lambda: not lab.gvm.job("gvm-gpud"), TOLD_SECONDS, "The end of gvm-gpud")
    start_gpud(lab).wait_for("Serving vgpu devices", 120)
    wait_until_connected(lab, *lab.dvms)
    for dvm in lab.dvms:
        works(dvm)
    nothing_remains(lab, before)
