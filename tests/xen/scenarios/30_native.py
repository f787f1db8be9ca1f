"""Programs without any service: each guest has lavapipe, a Vulkan driver of its own."""

from harness.scenario import expect, scenario

LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
NATIVE = {"VK_DRIVER_FILES": LAVAPIPE, "VK_ICD_FILENAMES": LAVAPIPE, "XDG_RUNTIME_DIR": "/tmp"}
# The host's processor can more than the emulated one, and then rounds otherwise.
LIKE_EMULATED = {"GALLIUM_OVERRIDE_CPU_CAPS": "sse4.1"}


@scenario("vulkaninfo shows lavapipe in every guest", core=True)
def vulkaninfo(lab):
    for guest in lab.guests:
        shown = guest.run("vulkaninfo --summary", user="alice", env=NATIVE, timeout=120).stdout
        expect("llvmpipe" in shown, f"vulkaninfo in {guest.name} says:\n{shown}")


def same_as_on_the_host(lab, domain, command, **options):
    """The program prints the same lines in the domain as on this machine."""
    here = lab.host.run(command, env={**NATIVE, **LIKE_EMULATED}).lines
    there = domain.run(command, timeout=240, **options).lines
    wrong = [f"{one!r} and not {other!r}" for one, other in zip(there, here) if one != other]
    expect(len(there) == len(here) and not wrong,
           f"{command} in {domain.name}: {len(there)} lines, on the host {len(here)}; {wrong[:5]}")  # fmt: skip


@scenario("Drawing in the gvm gives the pictures of the host", core=True)
def render(lab):
    same_as_on_the_host(lab, lab.gvm, "vgpu-render", env=NATIVE, user="alice")


@scenario("Computing in the gvm gives the numbers of the host", core=True)
def compute(lab):
    same_as_on_the_host(lab, lab.gvm, "vgpu-compute", env=NATIVE, user="alice")
