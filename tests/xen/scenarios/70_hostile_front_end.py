"""Somebody in a dvm talks to the back end in dvm-gpud's place, and keeps no rule: the gvm's service and
the other dvm go on, and so does an honest dvm-gpud afterwards."""

from harness.host import until
from harness.scenario import expect, scenario
from harness.service import Neighbour, nothing_remains, remains, serve, start_broker, wait_until_connected
from harness.service import workers_of, works

# What each way does, and how often in the core run and in the full one.
WAYS = {
    "forged-link-page": ("references of nothing, and of another domain's, as the link's page", 1, 1),
    "forged-ring-pages": ("the same as pages of the rings", 1, 1),
    "senseless-link-page": ("a link page of no version", 1, 1),
    "senseless-handshake": ("no numbers, nonsense for numbers, a version 99, and a channel of nobody", 1, 1),
    "senseless-states": ("states in no order", 100, 2000),
    "large-values": ("values as long and nodes as many as xenstored takes", 100, 2000),
    "ring-indices": ("indices of the rings that jump about", 1, 1),
    "message-lengths": ("messages of no length, and of one without end", 1, 1),
    "noise": ("random octets for messages", 1, 1),
    "directories": ("lists of foreign pages, of no pages, without end, and in a circle", 1, 1),
    "contexts": ("contexts that nobody uses, and one that was never opened", 3, 30),
    "event-storm": ("events without end", 20, 300),
    "flood": ("requests without end, whose replies nobody reads", 100, 1000),
    "reconnect": ("a link that comes and goes", 5, 1000),
}
LOG_LINES = 150  # of gvm-gpud for one way, and LINES_A_TIME for each connection
LINES_A_TIME = 6
MEMORY_KIB = 16 << 10  # that gvm-gpud may grow by


def memory_kib(lab):
    return int(lab.gvm.run("awk '/VmRSS/ {print $2}' /proc/$(pidof gvm-gpud)/status").stdout)


def attack(lab, dvm, way, times):
    """One way; raises when the back end does not stand it."""
    lines, memory = len(lab.gvm.log("gvm-gpud").splitlines()), memory_kib(lab)
    done = dvm.run(f"vgpu-hostile-front-end {way} {times}", timeout=900, check=False)
    expect(done.status == 0, f"{way}: {done.stderr}\n{done.stdout[-1000:]}")
    said = len(lab.gvm.log("gvm-gpud").splitlines()) - lines
    expect(said <= LOG_LINES + times * LINES_A_TIME, f"{way} makes gvm-gpud write {said} lines.")
    grown = memory_kib(lab) - memory
    expect(grown <= MEMORY_KIB, f"{way} makes gvm-gpud grow by {grown} KiB.")


def under_attack(lab, ways):
    serve(lab)
    before = remains(lab)
    neighbour = Neighbour(lab.dvm_pvh)
    dvm = lab.dvm_pv
    dvm.job("dvm-gpud").stop()
    for way, times in ways.items():
        attack(lab, dvm, way, times)
        neighbour.goes_on()
    start_broker(dvm)
    wait_until_connected(lab, dvm)
    until(lambda: not workers_of(lab, dvm), 60, "The end of the workers that were begun in vain", 1)
    works(dvm)
    neighbour.goes_on()
    neighbour.job.stop()
    nothing_remains(lab, before)


@scenario("A front end that breaks every rule harms nobody but its own guest", core=True, seconds=400)
def all_ways(lab):
    under_attack(lab, {way: core for way, (_, core, _) in WAYS.items()})


def register(way, what, times):
    @scenario(f"A front end that offers {what} harms nobody", seconds=1800)
    def one_way(lab):
        under_attack(lab, {way: times})


for name, (text, _, often) in WAYS.items():
    register(name, text, often)
