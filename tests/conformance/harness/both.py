"""Runs the cases on both sides, in pieces, several at a time."""

import concurrent.futures
import sys

from .compare import SAME, kind_of

# Cases of one process. Small enough that a side which is slower waits for nobody for long.
PIECE = 200


class Progress:
    """One line that tells how far both sides are."""

    def __init__(self, number, sides):
        self.number = number
        self.done = {side.name: 0 for side in sides}

    def tell(self, side, number):
        self.done[side.name] += number
        text = ", ".join(f"{name} {done} of {self.number}" for name, done in self.done.items())
        print(f"\r{text} ", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def run(cases, sides, jobs, told=lambda case, native, through: None, known=None):
    """[{case: Result}], one for each side. `told` learns of each case as soon as both have ended.
    `known` are results of the first side that need not be found again."""
    results = {side.name: {} for side in sides}
    progress = Progress(len(cases), sides)
    first = sides[0]
    results[first.name] = {case: known[case] for case in cases if known and case in known}
    progress.done[first.name] = len(results[first.name])
    pieces = [cases[at : at + PIECE] for at in range(0, len(cases), PIECE)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {}
        for part in pieces:
            for side in sides:
                if left := [case for case in part if case not in results[side.name]]:
                    running[pool.submit(side.run, left)] = side
        for future in concurrent.futures.as_completed(running):
            side, ended = running[future], future.result()
            results[side.name].update(ended)
            progress.tell(side, len(ended))
            native, through = (results[side.name] for side in sides)
            for case in ended:
                if case in native and case in through:
                    told(case, native[case], through[case])
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return [results[side.name] for side in sides]


def run_again(differences, sides, refusals):
    """Each case alone, once more on both sides, and what that says: is it always so?"""
    for difference in differences:
        native, through = (side.run([difference.case])[difference.case] for side in sides)
        kind, _ = kind_of(difference.case, native, through, refusals)
        same = native.status == difference.native.status and through.status == difference.through.status
        if not same:
            alone = "the same on both sides" if kind == SAME else f"{native.status} and {through.status}"
            difference.again = f"alone: {alone}"
