"""The whole way on real Xen: attach, handshake, and applications of two dvms on the gvm's GPU."""

import concurrent.futures

from harness.scenario import expect, scenario

SOCKET = "/run/xen-vgpu/gpud.sock"
LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
GUEST = "/usr/local/share/vulkan/icd.d/xvgpu_icd.x86_64.json"
NATIVE = {"VK_DRIVER_FILES": LAVAPIPE, "VK_ICD_FILENAMES": LAVAPIPE}
THROUGH = {"VK_DRIVER_FILES": GUEST, "VK_ICD_FILENAMES": GUEST, "XDG_RUNTIME_DIR": "/tmp"}
# Under emulation a second of the GPU's work can take a minute.
GPUD = f"gvm-gpud --socket {SOCKET} --driver {LAVAPIPE} --hang-seconds 0"


def serve(lab):
    """gvm-gpud in the gvm, dvm-gpud in each dvm, and a device for each: what is missing of it."""
    if lab.gvm.job("gvm-gpud") is None:
        lab.gvm.start(GPUD, "gvm-gpud", lasting=True).wait_for("Serving vgpu devices", 120)
    attached = lab.dom0.run("gvmctl list").stdout
    for dvm in lab.dvms:
        if dvm.job("dvm-gpud") is None:
            dvm.start("dvm-gpud --log-level debug", "dvm-gpud", lasting=True)
        if dvm.name not in attached:
            lab.dom0.run(f"gvmctl attach {dvm.name}")


def in_both(lab, work):
    """work(dvm) of both dvms at once."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        return list(threads.map(work, lab.dvms))


@scenario("Each dvm sees the gvm's GPU, for a user without rights", core=True)
def vulkaninfo(lab):
    serve(lab)

    def look(dvm):
        shown = dvm.run("vulkaninfo --summary", user="alice", env=THROUGH, timeout=240).stdout
        expect("through xen-vgpu" in shown, f"vulkaninfo in {dvm.name} says:\n{shown}")

    in_both(lab, look)


@scenario("Both dvms at once draw and compute what lavapipe does in the gvm", core=True)
def pictures(lab):
    serve(lab)
    for program in ("vgpu-render", "vgpu-compute"):
        wanted = lab.gvm.run(program, user="alice", env=NATIVE, timeout=240).lines

        def same(dvm):
            drawn = dvm.run(program, user="alice", env=THROUGH, timeout=400).lines
            wrong = [f"{one!r} and not {other!r}" for one, other in zip(drawn, wanted) if one != other]
            expect(drawn == wanted, f"{program} in {dvm.name}: {len(drawn)} of {len(wanted)} lines; {wrong[:5]}")

        in_both(lab, same)
