"""The toolstack in dom0: guests are made from configuration files, and destroyed."""

from . import config, domain, host, machine

CREATE_SECONDS = 120
UP_SECONDS = 180
HOTPLUG = "/lab/hotplug"
PCI_ADDRESS = f"00:{machine.DISPLAY_SLOT:x}.0"
# gntalloc allows 1,024 pages by default, gntdev 65,536 a call.
GUEST_OPTIONS = "quiet loglevel=4 panic=5 mitigations=off xen_gntalloc.limit=400000 xen_gntdev.limit=400000"


class Dom0(domain.Domain):
    """dom0, and what only it can do."""

    def __init__(self, of_machine, configs):
        super().__init__("dom0", of_machine.state["ports"]["dom0"])
        self.machine = of_machine
        self.configs = configs  # the guests' configuration files by name

    def offer_display(self):
        """Takes the display from dom0, so that a guest may have it."""
        self.run(f"xl pci-assignable-add {PCI_ADDRESS}", timeout=120)

    def create(self, name):
        """Makes a guest; it boots while this returns."""
        path = self.machine.share / f"{name}.cfg"
        path.write_text(self._derived(name), encoding="utf-8")
        self.run(f"timeout -k 5 {CREATE_SECONDS} xl create /share/{name}.cfg",
                 timeout=CREATE_SECONDS + 10)  # fmt: skip

    def _derived(self, name):
        """The guest's configuration with the kernel, disk, network and so on of this machine."""
        text = self.configs[name].read_text(encoding="utf-8")
        address = machine.ADDRESSES[name]
        options = f"{GUEST_OPTIONS} lab.name={name} lab.root=/dev/xvda lab.address={address}"
        replaced = {
            "name": name,
            "kernel": "/lab/vmlinux",
            "ramdisk": "/lab/ramdisk",
            "disk": [f"vdev=xvda,format=raw,access=ro,script={HOTPLUG},target=/dev/vdb"],
            "vif": [f"mac=00:16:3e:00:00:{int(address.rpartition('.')[2]):02x},script={HOTPLUG}"],
            "on_crash": "preserve",
        }
        if config.unquoted(config.parse(text).get("type", "pv")) == "pvh":
            options += " noxsave"  # these two only because the processor is emulated
            replaced["tsc_mode"] = "native"
        if name == "gvm":
            replaced["pci"] = [f"{PCI_ADDRESS},permissive=1"]
        return config.derive(text, replaced, options)

    def destroy(self, name):
        self.run(f"xl destroy {name}", timeout=90)

    def domain_id(self, name):
        """The number of a running domain, or None."""
        found = self.run(f"xl domid {name}", check=False)
        return int(found.stdout) if found.status == 0 else None

    def wait_until_up(self, name, console_start=0):
        """Waits until a domain that boots says that it is ready; nothing that its console said
        before `console_start` counts."""
        line = f"lab: {name} is up after ".encode()

        def look():
            self.machine.must_be_on()
            return line in self.console(name)[console_start:]

        host.until(look, UP_SECONDS, f"The start of {name} (see {self.machine.console(name)})")

    def console(self, name):
        """All that a domain has written to its console, as octets."""
        path = self.machine.console(name)
        return path.read_bytes() if path.exists() else b""
