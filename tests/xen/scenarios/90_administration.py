"""What an administrator does: creates a guest by its config, looks, tunes while programs run, and is
told what is broken and how to mend it."""

import json

from harness.host import until
from harness.scenario import expect, scenario
from harness.service import THROUGH, serve, start, start_broker, start_gpud, wait_until_connected, works

GNTALLOC_LIMIT = "/sys/module/xen_gntalloc/parameters/limit"


def doctor(domain, place):
    """What gvmctl doctor finds there that is not well: (level, check, text and remedy)."""
    found = json.loads(domain.run(f"gvmctl doctor --as {place} --json", check=False, timeout=120).stdout)
    findings = found["findings"] if isinstance(found, dict) else found
    return [one for one in findings if one["level"] != "ok"]


def problems(domain, place):
    return [one for one in doctor(domain, place) if one["level"] == "problem"]


def expect_remedy(findings, check, remedy):
    """One of the findings is of this check, and its remedy has this text."""
    fitting = [one for one in findings if one["check"] == check and remedy in one.get("remedy", "")]
    expect(fitting, f"doctor does not name the remedy {remedy!r} under {check}, but: {findings}")


def back_node(lab, dvm, node):
    """A node of the back end's directory; empty when it is not there."""
    path = f"/local/domain/{lab.dom0.domain_id('gvm')}/backend/vgpu/{lab.dom0.domain_id(dvm.name)}/0/{node}"
    return lab.dom0.run(f"xenstore-read {path}", check=False).stdout.strip()


@scenario("gvmctl doctor finds no problem on the healthy machine", core=True)
def healthy(lab):
    serve(lab)
    for domain, place in ((lab.dom0, "dom0"), (lab.gvm, "gvm"), *((dvm, "dvm") for dvm in lab.dvms)):
        found = problems(domain, place)
        expect(not found, f"In {domain.name} doctor finds: {found}")


@scenario("gvmctl doctor names the remedies of a small gntalloc limit and of daemons that do not run")
def broken(lab):
    serve(lab)
    dvm = lab.dvm_pv
    limit = dvm.run(f"cat {GNTALLOC_LIMIT}").stdout.strip()
    dvm.run(f"echo 1024 >{GNTALLOC_LIMIT}")
    expect_remedy(doctor(dvm, "dvm"), "module-limits", "limit=")
    dvm.run(f"echo {limit} >{GNTALLOC_LIMIT}")
    dvm.job("dvm-gpud").stop()
    lab.gvm.job("gvm-gpud").stop()
    expect_remedy(doctor(dvm, "dvm"), "daemon", "dvm-gpud")
    expect_remedy(doctor(lab.gvm, "gvm"), "daemon", "gvm-gpud")
    expect_remedy(doctor(lab.dom0, "dom0"), "states", "gpud")
    start_gpud(lab).wait_for("Serving vgpu devices", 120)
    start_broker(dvm)
    wait_until_connected(lab, *lab.dvms)
    works(dvm)


@scenario("Contexts and memory of a dvm are tuned while its programs run", core=True)
def tuned(lab):
    serve(lab)
    dvm = lab.dvm_pv
    lab.dom0.run("gvmctl set dvm-pv contexts-max=1 memory-limit-mb=4096")
    job = start(dvm, "vgpu-endless wait", "first")
    refused = dvm.run("vgpu-steady-frames --frames 1", user="alice", env=THROUGH, check=False, timeout=120)
    expect(refused.status != 0 and "contexts" in refused.stderr, f"A second program is told:\n{refused.stderr}")
    lab.dom0.run("gvmctl set dvm-pv contexts-max=8")
    works(dvm)
    lab.dom0.run("gvmctl set dvm-pv memory-limit-mb=64")
    greedy = dvm.run("vgpu-greedy", user="alice", env=THROUGH, check=False, timeout=200).stdout
    expect("then VK_ERROR_OUT_OF_DEVICE_MEMORY" in greedy, f"With 64 MiB vgpu-greedy says:\n{greedy}")
    taken = int(greedy.split()[0])
    expect(taken <= 64, f"With 64 MiB vgpu-greedy gets {taken} MiB.")
    lab.dom0.run("gvmctl set dvm-pv memory-limit-mb=4096")
    expect(job.alive, f"The first program has ended:\n{job.log()}")


@scenario("A key without sense keeps the last good value, and says so", core=True)
def nonsense(lab):
    serve(lab)
    dvm = lab.dvm_pv
    lab.dom0.run("gvmctl set dvm-pv contexts-max=1")
    path = f"/local/domain/{lab.dom0.domain_id('gvm')}/backend/vgpu/{lab.dom0.domain_id('dvm-pv')}/0/contexts-max"
    lab.dom0.run(f"xenstore-write {path} many")
    until(lambda: "many" in back_node(lab, dvm, "error"), 20, "The node error that names the value", 0.5)
    job = start(dvm, "vgpu-endless wait", "first")
    refused = dvm.run("vgpu-steady-frames --frames 1", user="alice", env=THROUGH, check=False, timeout=120)
    expect(refused.status != 0, "The last good value holds no more: a second context was made.")
    lab.dom0.run("gvmctl set dvm-pv contexts-max=8")
    until(lambda: not back_node(lab, dvm, "error"), 20, "The end of the node error", 0.5)
    job.stop()


@scenario("The counters of a dvm grow while it draws", core=True)
def counters(lab):
    serve(lab)
    dvm = lab.dvm_pv

    def count():
        rows = json.loads(lab.dom0.run("gvmctl top --once --json").stdout)
        stats = next(row["stats"] for row in rows if row["dvm"] == dvm.name)
        return {name: int(value) for name, value in stats.items()}

    before = count()
    job = start(dvm, "vgpu-steady-frames", "drawing", "frame 10")

    def grown():
        now = count()
        names = ("contexts-started", "submissions", "bytes", "gpu-time-us")
        return now["contexts"] == 1 and all(now[name] > before.get(name, 0) for name in names)

    until(grown, 30, f"The growth of {before}", 1)
    job.stop()
    until(lambda: count()["contexts"] == 0, 30, "A count of no contexts", 1)


@scenario("gvmctl create starts a dvm from its config, with its device and keys", seconds=600)
def created(lab):
    serve(lab)
    lab.destroy(lab.dvm_pv)
    lab.create(lab.dvm_pv, creator="gvmctl create")
    expect(back_node(lab, lab.dvm_pv, "contexts-max") == "2", "The config's contexts-max is not in xenstore.")
    expect(back_node(lab, lab.dvm_pv, "memory-limit-mb") == "512", "The config's memory limit is not there.")
    serve(lab)
    works(lab.dvm_pv)
    shown = lab.dvm_pv.run("vulkaninfo", user="alice", env=THROUGH, timeout=240).stdout
    expect("VK_KHR_swapchain" in shown and "VK_NV_" not in shown, "The config's key features does not hold.")
    lab.dom0.run("gvmctl set dvm-pv contexts-max=64 memory-limit-mb=4096 features=")
