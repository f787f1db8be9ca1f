"""gvmctl on a real xenstore and a real hypervisor, before any daemon has begun."""

import json

from harness.scenario import expect, scenario


def gvmctl(dom0, arguments, check=True):
    """What gvmctl says with --json."""
    return json.loads(dom0.run(f"gvmctl --json {arguments}", check=check).stdout)


def permissions(dom0, path):
    """Those of every node at and below a path, as one set."""
    lines = dom0.run(f"xenstore-ls -f -p {path}").lines
    return {line.rsplit("(", 1)[1].rstrip(")") for line in lines}


def detach_all(dom0):
    for device in gvmctl(dom0, "list"):
        dom0.run(f"gvmctl detach --force {device['dvm_id']} --device {device['device']}")


@scenario("gvmctl gives a dvm its device, which belongs to both ends, and takes it away", core=True)
def attach(lab):
    detach_all(lab.dom0)
    made = gvmctl(lab.dom0, "attach dvm-pvh --gvm gvm --set contexts-max=3")
    dvm, gvm = made["dvm_id"], made["gvm_id"]
    expect(made["grant_frames_max"] == 1024, f"The hypervisor says {made['grant_frames_max']} frames.")
    for path, owner in ((made["frontend"], f"n{dvm},r{gvm}"), (made["backend"], f"n{gvm},r{dvm}")):
        found = permissions(lab.dom0, path)
        expect(found == {owner}, f"{path} has the permissions {found}, not {owner}.")
    again = lab.dom0.run("gvmctl attach dvm-pvh --gvm gvm", check=False)
    expect(again.status == 1 and "attached already" in again.stderr, f"Attached twice: {again.stderr}")
    expect(gvmctl(lab.dom0, "get dvm-pvh")["contexts-max"] == {"default": False, "value": "3"}, "get")
    lab.dom0.run("gvmctl detach dvm-pvh --timeout 5")
    left = lab.dom0.run("xenstore-ls -f /local/domain | grep vgpu/", check=False).stdout
    expect(made["frontend"] not in left and made["backend"] not in left, f"Left over: {left}")


@scenario("gvmctl doctor finds in dom0 what this machine lacks, and nothing that it has", core=True)
def doctor(lab):
    detach_all(lab.dom0)
    gvmctl(lab.dom0, "attach dvm-pvh --gvm gvm")
    found = gvmctl(lab.dom0, "doctor", check=False)
    levels = {(one["check"], one["level"]) for one in found["findings"]}
    expect(found["place"] == "dom0", f"doctor takes dom0 for {found['place']}.")
    for good in ("toolstack", "silo", "xen-limits", "passthrough", "devices", "tuning", "grant-frames",
                 "maptrack"):  # fmt: skip
        bad = [one for one in found["findings"] if one["check"] == good and one["level"] != "ok"]
        expect((good, "ok") in levels and not bad, f"{good}: {bad}")
    # A PV gvm, as no processor of the emulator has what HVM needs; and nobody serves.
    expect(("gvm-type", "warning") in levels and ("states", "problem") in levels, f"{found}")
    lab.dom0.run("gvmctl detach dvm-pvh --force")


@scenario("gvmctl doctor runs in guests, which may ask the hypervisor nothing", core=True)
def doctor_in_guests(lab):
    detach_all(lab.dom0)
    gvmctl(lab.dom0, "attach dvm-pvh --gvm gvm")
    for guest, place in ((lab.gvm, "gvm"), (lab.dvm_pvh, "dvm")):
        found = json.loads(guest.run("gvmctl --json doctor", check=False).stdout)
        expect(found["place"] == place, f"doctor takes the {place} for {found['place']}.")
        levels = {(one["check"], one["level"]) for one in found["findings"]}
        for good in ("modules", "xen-nodes", "driver" if place == "gvm" else "icd"):
            expect((good, "ok") in levels and (good, "problem") not in levels, f"{guest.name}: {found}")
        expect(("daemon", "problem") in levels, f"{guest.name}: {found}")
        refused = guest.run("gvmctl list", check=False)
        expect(refused.status == 1 and "dom0" in refused.stderr, f"list in {guest.name}: {refused.stderr}")
    lab.dom0.run("gvmctl detach dvm-pvh --force")
