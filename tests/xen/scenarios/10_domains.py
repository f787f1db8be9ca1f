"""The machine itself: what every other scenario takes for granted."""

from harness.scenario import expect, scenario


@scenario("The gvm and both dvms are up", core=True)
def all_up(lab):
    rows = [line.split() for line in lab.dom0.run("xl list").lines[1:]]
    names = {row[0] for row in rows}
    expect(names == {"Domain-0", "gvm", "dvm-pv", "dvm-pvh"}, f"xl lists {names}.")
    for guest, kind in ((lab.gvm, "PV"), (lab.dvm_pv, "PV"), (lab.dvm_pvh, "PVH")):
        said = guest.run("cat /sys/hypervisor/guest_type").stdout.strip()
        expect(said == kind, f"{guest.name} says that it is {said}, not {kind}.")


@scenario("A dvm that is destroyed is made again, with our programs")
def destroyed(lab):
    for dvm in lab.dvms:
        before = lab.dom0.domain_id(dvm.name)
        lab.destroy(dvm)
        expect(lab.dom0.domain_id(dvm.name) is None, f"{dvm.name} outlives xl destroy.")
        lab.create(dvm)
        expect(lab.dom0.domain_id(dvm.name) > before, f"{dvm.name} is not new.")
        dvm.run("test -x /usr/local/sbin/gvm-gpud && vgpu-render --help", user="alice")


@scenario("Files of many MiB come unharmed into every domain and back")
def files(lab):
    content = bytes(range(256)) * 16384
    for one in (lab.dom0, *lab.guests):
        one.put("/tmp/lab/file", content)
        expect(one.get("/tmp/lab/file") == content, f"{one.name} returns other octets.")
        one.run("rm /tmp/lab/file")
