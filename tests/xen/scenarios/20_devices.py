"""What a guest's kernel offers: the passed-through display, and the devices that transports need."""

from harness import machine
from harness.host import until
from harness.scenario import expect, scenario

NODES = "/dev/xen/gntalloc /dev/xen/gntdev /dev/xen/evtchn /dev/xen/xenbus"


@scenario("The gvm owns the passed-through display, and no dvm has one", core=True)
def display(lab):
    slot = f"00:{machine.DISPLAY_SLOT:x}.0"
    expect("1234:1111" in lab.gvm.run("lspci -n").stdout, f"No display in the gvm; in dom0 it is {slot}.")
    driver = lab.gvm.run("basename $(readlink /sys/class/drm/card0/device/driver)").stdout.strip()
    expect(driver == "bochs-drm", f"The driver of /dev/dri/card0 is {driver}.")
    for dvm in lab.dvms:
        expect(dvm.run("test -e /dev/dri", check=False).status == 1, f"{dvm.name} has /dev/dri.")


@scenario("What the gvm draws on the display is on the screen", core=True)
def on_screen(lab):
    modes = lab.gvm.run("modetest -M bochs-drm -c").lines
    connector = next(line.split()[0] for line in modes if "connected" in line.split())
    lab.gvm.start(f"sleep 200 | modetest -M bochs-drm -s {connector}:1024x768", "modetest")

    def shown():
        octets, width = lab.machine.picture("modetest")
        colours = {octets[at : at + 3] for at in range(0, len(octets), 3 * 97)}
        return width == 1024 and len(colours) >= 8

    until(shown, 60, "modetest's pattern on the screen (pictures/modetest.png)", interval=1)


@scenario("Every guest has the nodes of grants, event channels and xenstore, for root alone", core=True)
def nodes(lab):
    for guest in lab.guests:
        guest.run(f"for node in {NODES}; do test -c $node || exit 1; done")
        for node in NODES.split():
            refused = guest.run(f"test -r {node}", user="alice", check=False).status == 1
            expect(refused, f"alice may open {node} in {guest.name}.")


@scenario("The limits of the grant devices are those of the installed module options", core=True)
def limits(lab):
    for guest in lab.guests:
        for module, options in (("xen_gntalloc", "dvm"), ("xen_gntdev", "gvm")):
            limit = guest.run(f"cat /sys/module/{module}/parameters/limit").stdout.strip()
            text = guest.run(f"grep ^options /usr/local/lib/modprobe.d/xen-vgpu-{options}.conf").stdout.strip()
            # dvm-gpud sets gntalloc's to what its guest can grant.
            expect(text.endswith(f"limit={limit}") or guest.job("dvm-gpud"),
                   f"{module} of {guest.name} has the limit {limit}; installed is: {text}")  # fmt: skip
