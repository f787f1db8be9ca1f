#!/usr/bin/env python3
"""Runs a program on two Vulkan drivers and compares the `name: value` lines that it prints.

    compare.py --wrap tools/dvm-run  build/tests/programs/render/vgpu-render --only mesh
    compare.py --icd other_icd.json  build/tests/programs/compute/vgpu-compute

The first run uses the driver that the environment (or --native-icd) names, the second the one of
--icd, --env or --wrap. Exit status: 0 all equal, 1 a difference, 77 the first driver cannot run it.
"""

import argparse
import fnmatch
import os
import shlex
import subprocess
import sys
from typing import NamedTuple

SKIPPED = 77


class Run(NamedTuple):
    """What one run printed: lines as ((name, nth of that name), value), in order."""

    lines: dict[tuple[str, int], str]
    status: str
    errors: str


def driver_environment(icd: str | None, extra: list[str]) -> dict[str, str]:
    environment = dict(os.environ)
    if icd:
        # Loaders before 1.3.207 know only the second name.
        environment["VK_DRIVER_FILES"] = environment["VK_ICD_FILENAMES"] = icd
    environment.update(assignment.split("=", 1) for assignment in extra)
    return environment


def parse_lines(text: str) -> dict[tuple[str, int], str]:
    lines: dict[tuple[str, int], str] = {}
    seen: dict[str, int] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(": ")
        if colon:
            seen[name] = seen.get(name, 0) + 1
            lines[name, seen[name]] = value
    return lines


def run(command: list[str], environment: dict[str, str], timeout: float) -> Run:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=timeout,
                              text=True, errors="replace")
    except subprocess.TimeoutExpired as expired:
        return Run(parse_lines((expired.stdout or b"").decode(errors="replace")),
                   f"no end within {timeout:g} s", (expired.stderr or b"").decode(errors="replace"))
    except OSError as error:
        return Run({}, f"cannot start: {error.strerror}", "")
    return Run(parse_lines(done.stdout), str(done.returncode), done.stderr)


def compare(native: Run, through: Run) -> list[tuple[str, str, str]]:
    """Rows of (name, native value, value through the other driver), the exit status last."""
    names = list(native.lines) + [name for name in through.lines if name not in native.lines]
    rows = [(name if nth == 1 else f"{name} #{nth}",
             native.lines.get((name, nth), "-"), through.lines.get((name, nth), "-"))
            for name, nth in names]
    return rows + [("exit status", native.status, through.status)]


def verdict(row: tuple[str, str, str], may_differ: list[str]) -> str:
    name, native, through = row
    if native == through:
        return "same"
    return "allowed" if any(fnmatch.fnmatch(name, p) for p in may_differ) else "DIFFER"


def print_table(rows: list[tuple[str, str, str]], may_differ: list[str], quiet: bool) -> None:
    shown = [row for row in rows if not quiet or verdict(row, may_differ) != "same"]
    name_width = max([len(row[0]) for row in shown], default=0)
    value_width = max([len(row[1]) for row in shown], default=0)
    for name, native, through in shown:
        other = "" if native == through else through
        mark = verdict((name, native, through), may_differ)
        print(f"{mark:<7}  {name:<{name_width}}  {native:<{value_width}}  {other}".rstrip())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--icd", metavar="JSON", help="the other driver's manifest")
    parser.add_argument("--wrap", metavar="CMD", default="",
                        help="a command that runs another one with the other driver")
    parser.add_argument("--env", metavar="NAME=VALUE", action="append", default=[],
                        help="set for the other run only")
    parser.add_argument("--may-differ", metavar="PATTERN", action="append", default=[],
                        help="lines that may differ or be absent by design, as a shell pattern")
    parser.add_argument("--native-icd", metavar="JSON", help="the first driver's manifest")
    parser.add_argument("--timeout", type=float, default=300, metavar="S", help="seconds a run (300)")
    parser.add_argument("--quiet", action="store_true", help="print only what differs")
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="PROGRAM [ARGS]")
    parsed = parser.parse_args()
    if not parsed.program:
        parser.error("name a program to run")
    if not (parsed.icd or parsed.wrap or parsed.env):
        parser.error("say how the other driver is chosen: --icd, --wrap or --env")
    return parsed


def main() -> int:
    options = arguments()
    native = run(options.program, driver_environment(options.native_icd, []), options.timeout)
    through = run(shlex.split(options.wrap) + options.program,
                  driver_environment(options.icd, options.env), options.timeout)
    rows = compare(native, through)
    print_table(rows, options.may_differ, options.quiet)
    for label, errors in (("native", native.errors), ("through", through.errors)):
        for line in errors.splitlines():
            print(f"  {label}: {line}")
    failed = sum(verdict(row, options.may_differ) == "DIFFER" for row in rows)
    # Two runs that fail alike are no success.
    if native.status not in ("0", str(SKIPPED)) and not failed:
        failed = 1
    print(f"{len(rows) - failed} passed, {failed} failed")
    if native.status == str(SKIPPED) and not failed:
        return SKIPPED
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
