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
