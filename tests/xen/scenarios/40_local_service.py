"""The service inside the gvm, on the local transport: whether its jail and its worker stand Xen."""

from harness.scenario import expect, scenario

SOCKET = "/run/xen-vgpu/gpud.sock"
GUEST = "/usr/local/share/vulkan/icd.d/xvgpu_icd.x86_64.json"
THROUGH_SERVICE = {"VK_DRIVER_FILES": GUEST, "VK_ICD_FILENAMES": GUEST}
LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"


@scenario("The service in the gvm draws the same pictures on the local transport, jailed", core=True)
def local_transport(lab):
    gpud = lab.gvm.start(f"gvm-gpud --socket {SOCKET} --driver {LAVAPIPE}", "gvm-gpud")
    gpud.wait_for("Serving on", 120)
    native = {"VK_DRIVER_FILES": LAVAPIPE, "VK_ICD_FILENAMES": LAVAPIPE}
    wanted = lab.gvm.run("vgpu-render", user="alice", env=native, timeout=240).lines
    drawn = lab.gvm.run("vgpu-render", user="alice", env=THROUGH_SERVICE, timeout=240).lines
    expect(drawn == wanted, f"The service draws {drawn}, lavapipe {wanted}.")
    log = gpud.log()
    expect("Jailed: system call filter, file rules, user" in log, f"The worker is not jailed:\n{log}")
    expect(gpud.stop() == 0, f"gvm-gpud does not end well:\n{gpud.log()}")
