"""Much memory: mapped by one application, and wanted by one beyond what its guest can grant."""

from harness.scenario import expect, scenario
from harness.service import THROUGH, nothing_remains, remains, serve, start, start_broker, wait_until_connected, works

BULK_MIB = 160
TIMES = {"copied": "what the host wrote and the GPU copied", "filled": "what the GPU wrote"}


def bulk(dvm, mib):
    return dvm.run(f"vgpu-bulk {mib}", user="alice", env=THROUGH, timeout=280).stdout


@scenario(f"An application maps {BULK_MIB} MiB, and it and the GPU read what the other wrote", core=True)
def much(lab):
    serve(lab)
    before = remains(lab)
    shown = bulk(lab.dvm_pvh, BULK_MIB)
    for what in TIMES.values():
        expect(f"{what}: {BULK_MIB // 2} MiB are right" in shown, f"vgpu-bulk says:\n{shown}")
    nothing_remains(lab, before)


@scenario("An application maps 512 MiB", seconds=600)
def more(lab):
    serve(lab)
    lab.dom0.run("gvmctl set dvm-pvh memory-limit-mb=4096")
    expect("256 MiB are right" in bulk(lab.dvm_pvh, 512), "vgpu-bulk does not say that all is right.")


@scenario("Memory beyond the grant table is refused in time, and the guest works on", core=True)
def beyond(lab):
    serve(lab)
    dvm = lab.dvm_pv
    lab.dom0.run("gvmctl set dvm-pv memory-limit-mb=4096")
    before = remains(lab)
    dvm.job("dvm-gpud").stop()
    start_broker(dvm, "--memory-limit-mb 4096")
    wait_until_connected(lab, dvm)
    dvm.run("dmesg -C")
    greedy = dvm.run("vgpu-greedy", user="alice", env=THROUGH, timeout=280).stdout
    expect(greedy.count("then VK_ERROR_OUT_OF_DEVICE_MEMORY") == 2, f"vgpu-greedy says:\n{greedy}")
    log = dvm.log("dvm-gpud")
    expect("are more than are left" in log, f"dvm-gpud does not say what the limit is:\n{log[-2000:]}")
    expect("The kernel grants no more" not in log, f"The kernel's limit was reached:\n{log[-2000:]}")
    said = [line for line in dvm.run("dmesg").lines if "g.e." not in line]
    expect(not said, f"The guest's kernel says: {said}")
    works(dvm)
    dvm.job("dvm-gpud").stop()
    start_broker(dvm)
    wait_until_connected(lab, dvm)
    nothing_remains(lab, before)


@scenario("One application that takes all it may leaves something for the next")
def shares(lab):
    serve(lab)
    lab.dom0.run("gvmctl set dvm-pv memory-limit-mb=4096 contexts-max=8")
    job = start(lab.dvm_pv, "sh -c 'vgpu-greedy; sleep 1000'", "greedy", "MiB, then")
    works(lab.dvm_pv)
    job.stop()
