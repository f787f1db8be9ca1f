"""Two applications of one guest share memory, semaphores and fences, over granted pages."""

from harness.host import until
from harness.scenario import expect, scenario
from harness.service import THROUGH, in_both, nothing_remains, remains, serve

WAYS = ("bogus", "fence", "image", "mapped", "memory", "sync-file", "timeline", "timeline-host")


@scenario("Two applications of a dvm share memory, semaphores and fences, and leave nothing behind", core=True, seconds=900)
def share(lab):
    serve(lab)
    before = remains(lab)

    def both_ways(dvm):
        done = dvm.run("vgpu-sharing --rounds 3 --times 0 all", user="alice", env=THROUGH, timeout=800, check=False)
        expect(done.status == 0 and done.lines[-len(WAYS):] == list(WAYS), f"{dvm.name} says:\n{done.stdout}\n{done.stderr}")

    in_both(lab, both_ways)
    nothing_remains(lab, before)


@scenario("An application that waits for one that is killed goes on")
def deaths(lab):
    serve(lab)
    job = lab.dvm_pvh.start("vgpu-sharing deaths", "deaths", user="alice", env=THROUGH)
    job.wait_for("ready", 240)
    owner = job.log().split("ready")[1].split()[0]
    expect(job.alive, "Nobody has died, and it has ended.")
    lab.dvm_pvh.run(f"kill -9 {owner}")
    until(lambda: "went on" in job.log(), 120, "The other one's end", 1)
