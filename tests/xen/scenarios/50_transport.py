"""The whole way on real Xen: attach, handshake, and applications of two dvms on the gvm's GPU."""

from harness.scenario import expect, scenario
from harness.service import NATIVE, THROUGH, in_both, serve


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


@scenario("The service tells of the passed-through display, which no Vulkan driver serves, and takes lavapipe", core=True)
def which_gpu(lab):
    serve(lab)
    log = lab.gvm.log("gvm-gpud")
    slot = lab.gvm.run("basename $(readlink -f /sys/class/drm/card0/device)").stdout.strip()
    expect("Serving llvmpipe" in log, f"It does not say what it serves:\n{log}")
    expect(f"The GPU {slot} (/dev/dri/card0) has no Vulkan driver here" in log, f"Not told of {slot}:\n{log}")
