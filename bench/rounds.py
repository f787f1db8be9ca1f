"""Measures rows in rounds, each side after the other, and tells how far it is."""

import os
import sys
import time

from sides import RunFailed


def load():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def tell(text):
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Says which run of how many this is, and about how long the rest takes."""

    def __init__(self, runs):
        self.runs = runs
        self.done = 0
        self.began = time.monotonic()

    def step(self):
        self.done += 1
        left = (time.monotonic() - self.began) / self.done * (self.runs - self.done)
        return f"[{self.done}/{self.runs}, {left / 60:.0f} min left]" if left >= 60 else \
            f"[{self.done}/{self.runs}, {left:.0f} s left]"


def measure_one(row, side):
    """What was printed and a line about it; {} after a failure."""
    try:
        printed = side.measure(row)
    except RunFailed as error:
        return {}, f"{row['name']} {side.name}: {error}"
    if printed is None:
        return None, f"{row['name']} {side.name}: not offered"
    return printed, f"{row['name']:<24}{side.name:<8}{printed['value']:>12.4g} {printed['unit']}"


def every_run(rows, sides, rounds):
    """Each row on each side after the other, round by round."""
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}, load {load()}")
        for row in rows:
            for side in sides:
                yield row, side


def measure_rounds(rows, sides, rounds):
    """{(row name, side name): [what each run printed]}, and how many runs failed.

    An interrupt (Ctrl-C) ends it early; what was measured until then counts.
    """
    results = {}
    failures = 0
    progress = Progress(rounds * len(rows) * len(sides))
    try:
        for row, side in every_run(rows, sides, rounds):
            printed, line = measure_one(row, side)
            tell(f"  {line}  {progress.step()}")
            if printed:
                results.setdefault((row["name"], side.name), []).append(printed)
            elif printed is not None:
                failures += 1
    except KeyboardInterrupt:
        tell(f"Interrupted after {progress.done} of {progress.runs} runs.")
    return results, failures
