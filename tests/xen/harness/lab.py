"""The lab as scenarios see it: the host, dom0, the gvm and the dvms."""

import concurrent.futures
import contextlib
import io
import shlex
import tarfile

from . import dom0, domain, host, staging
from .host import LabError, say, step

# The guests, and which of the shipped configurations each has.
CONFIGS = {"gvm": "gvm-pv.cfg", "dvm-pv": "dvm-pv.cfg", "dvm-pvh": "dvm-pvh.cfg"}


class Lab:
    """Owns the domains of one machine, which must be running or be started by `boot`."""

    def __init__(self, machine, configs):
        self.machine = machine
        self.folder = machine.folder
        self.staged = self.folder / "staging"
        self.host = host.Host(self.staged)
        self.dom0 = dom0.Dom0(machine, configs)
        self.gvm, self.dvm_pv, self.dvm_pvh = self.guests = [
            domain.Domain(name, machine.state["ports"][name]) for name in CONFIGS]  # fmt: skip
        self.dvms = [self.dvm_pv, self.dvm_pvh]

    # --- domains

    def boot(self):
        """From a machine just switched on to three guests with our programs."""
        with step("dom0 boots"):
            self.dom0.wait_until_up("dom0")
        self.has_booted(self.dom0)
        self.dom0.offer_display()
        self.create(*self.guests)

    def create(self, *guests, creator="xl create"):
        """Makes guests that do not exist, waits until they are up, and gives them our programs."""
        names = ", ".join(guest.name for guest in guests)
        with step(f"{names}: created, boots" if len(guests) == 1 else f"{names}: created, boot"):
            starts = {guest: len(self.dom0.console(guest.name)) for guest in guests}
            for guest in guests:
                self.dom0.create(guest.name, creator)
            for guest, start in starts.items():
                self.dom0.wait_until_up(guest.name, start)
        self.has_booted(*guests)

    def destroy(self, guest):
        """Ends a guest at once, as a power cut would."""
        self.collect(guest)
        self.dom0.destroy(guest.name)

    def ensure(self):
        """Every guest is up, made anew where it was destroyed or has died."""
        self.machine.must_be_on()
        there = {line.split()[0] for line in self.dom0.run("xl list").lines[1:]}
        mute = {guest for guest, answer in zip(self.guests, _for_each(
            lambda guest: guest.name in there and guest.agent.answers(), self.guests)) if not answer}  # fmt: skip
        for guest in mute:
            if guest.name in there:
                say(f"{guest.name} does not answer, and is destroyed.")
                self.dom0.destroy(guest.name)
        if mute:
            self.create(*sorted(mute, key=self.guests.index))

    def has_booted(self, *domains):
        """They have the programs of the ramdisk; in a machine left up there may be newer ones."""
        for one in domains:
            self.machine.state["pushed"][one.name] = self.machine.state["in_ramdisk"]
        self.push(domains)

    # --- programs

    def push(self, domains=None):
        """Brings our programs in the domains up to date; only what has changed is sent. Where
        something was, what runs in the background ends first."""
        domains = domains or [self.dom0, *self.guests]
        wanted = staging.contents(self.staged)
        sizes = _for_each(lambda one: self._push_to(one, wanted), domains)
        self.machine.save()
        for one, size in zip(domains, sizes):
            if size:
                say(f"{one.name}: {size // 1024} KiB of programs")

    def _push_to(self, one, wanted):
        pushed = self.machine.state["pushed"]
        sent, removed = staging.differences(wanted, pushed.get(one.name, {}))
        if not sent and not removed:
            return 0
        one.stop_jobs(lasting=True)
        data = staging.archive(self.staged, sent)
        removal = "".join(f" {shlex.quote('/' + name)}" for name in [*sent, *removed])
        one.run(f"rm -f{removal} && tar -xf - -C /", stdin=data, timeout=120)
        pushed[one.name] = wanted
        return len(data)

    # --- what is left behind

    def between_scenarios(self):
        """Ends what a scenario left running, but for what is to last."""

        def stop(one):
            with contextlib.suppress(OSError):  # the scenario may have destroyed it
                one.stop_jobs()

        _for_each(stop, [self.dom0, *self.guests])

    def collect(self, *domains):
        """Copies the logs of background commands, and the kernel's, to logs/ in the run's folder."""
        _for_each(self._collect_from, domains or [self.dom0, *self.guests])

    def _collect_from(self, one):
        if not one.agent.answers(timeout=5):
            return
        try:
            packed = one.run(f"dmesg >{domain.LOG_FOLDER}/dmesg; tar -cf - -C {domain.LOG_FOLDER} .")
        except (OSError, LabError, AssertionError) as error:
            say(f"{one.name}: its logs cannot be had: {error}")
            return
        with tarfile.open(fileobj=io.BytesIO(packed.output)) as tar:
            tar.extractall(self.folder / "logs" / one.name, filter="data")


def _for_each(function, domains):
    """The function's values for all these domains, asked at the same time."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        return list(threads.map(function, domains))
