"""The toolstack in dom0: guests are made from configuration files, and destroyed."""

from . import config, domain, host, machine

CREATE_SECONDS = 120
UP_SECONDS = 180
HOTPLUG = "/lab/hotplug"
PCI_ADDRESS = f"00:{machine.DISPLAY_SLOT:x}.0"
GUEST_OPTIONS = "console=hvc0 quiet loglevel=4 panic=5 mitigations=off"
# Less than what the shipped configurations give, so that all fit into one emulated machine.
MEMORY_MIB = {"gvm": 2048, "dvm-pv": 1024, "dvm-pvh": 1536}


class Dom0(domain.Domain):
    """dom0, and what only it can do."""

    def __init__(self, of_machine, configs):
        super().__init__("dom0", of_machine.state["ports"]["dom0"])
        self.machine = of_machine
        self.configs = configs  # the guests' configuration files by name

    def offer_display(self):
        """Takes the display from dom0, so that a guest may have it."""
        self.run(f"xl pci-assignable-add {PCI_ADDRESS}", timeout=120)

    def create(self, name, creator="xl create"):
        """Makes a guest; it boots while this returns."""
        self.run(f"timeout -k 5 {CREATE_SECONDS} {creator} {self.write_config(name)}",
                 timeout=CREATE_SECONDS + 10)  # fmt: skip

    def write_config(self, name):
        """The path, in dom0, of a guest's configuration."""
        (self.machine.share / f"{name}.cfg").write_text(self._derived(name), encoding="utf-8")
        return f"/share/{name}.cfg"

    def _derived(self, name):
        """The guest's configuration with the kernel, disk, network and so on of this machine."""
        text = self.configs[name].read_text(encoding="utf-8")
        address = machine.ADDRESSES[name]
        options = f"{GUEST_OPTIONS} lab.name={name} lab.root=/dev/xvda lab.address={address}"
        replaced = {
            "name": name,
            "vcpus": 1,
            "memory": MEMORY_MIB[name],
            "maxmem": MEMORY_MIB[name],
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
