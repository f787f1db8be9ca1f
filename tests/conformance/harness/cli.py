"""The command tests/conformance/run."""

import argparse
import contextlib
import os
import pathlib
import platform
import re
import sys
import tempfile
import time

from . import both, cases, compare, refusals, report
from .session import Side

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
# Of the sample that refused.toml is judged by.
SEED = "1"
sys.path.insert(0, str(HERE.parent))

from display import compositor, display  # noqa: E402


def parser():
    made = argparse.ArgumentParser(
        prog="tests/conformance/run", allow_abbrev=False,
        description="Runs a sample of Khronos's conformance tests (deqp-vk) on the driver itself and through "
                    "the service, and prints what differs. The last line is \"N cases: ... differ\".",
        epilog="Exit status 0: every case that passes natively passes through the service, or refused.toml "
               "names it and the reason; 1: one does not, or one fails that is not supported natively, or an "
               "entry of that table speaks of nothing; 2: nothing could be run.")  # fmt: skip
    made.add_argument("binary", type=pathlib.Path, help="the path of a deqp-vk; its data lie beside it")
    what = made.add_argument_group("which cases (default: those that groups.toml samples)")
    what.add_argument("--from", dest="source", type=pathlib.Path, metavar="FILE|FOLDER",
                      help="sample these lists, for example a mustpass folder (default: all that the binary has)")  # fmt: skip
    what.add_argument("--seed", default=SEED, help="another one takes others (default: %(default)s)")
    what.add_argument("--scale", type=float, default=1, help="so many times as many of each group (default: 1)")
    what.add_argument("--cases", type=pathlib.Path, metavar="FILE", help="these, one a line, and no sample")
    what.add_argument("--all", action="store_true", help="all that there are, and no sample")
    what.add_argument("--only", metavar="REGEX", help="of those the ones whose names match")
    how = made.add_argument_group("how")
    how.add_argument("--jobs", type=int, default=2, help="processes at a time (default: %(default)s)")
    how.add_argument("--timeout", type=float, default=120, help="seconds a case (default: %(default)s)")
    how.add_argument("--through", default=f"{ROOT}/tools/dvm-run --no-build", metavar="COMMAND",
                     help="what the service's side is run by (default: %(default)s)")  # fmt: skip
    how.add_argument("--deqp-option", action="append", default=[], metavar="OPTION", help="one more for deqp-vk")
    how.add_argument("--no-display", action="store_true", help="take the DISPLAY and WAYLAND_DISPLAY that there are, and start no Xvfb and no weston")
    how.add_argument("--no-again", action="store_true", help="do not run what differs once more, alone")
    how.add_argument("--refused", type=pathlib.Path, default=HERE / "refused.toml", metavar="FILE")
    how.add_argument("--groups", type=pathlib.Path, default=HERE / "groups.toml", metavar="FILE")
    how.add_argument("--native-from", type=pathlib.Path, metavar="FILE",
                     help="take what an earlier run's --json says of the native side, and run only the rest of it")  # fmt: skip
    out = made.add_argument_group("results")
    out.add_argument("--json", type=pathlib.Path, metavar="FILE", help="every case with both results")
    out.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="the tables of docs/conformance.md")
    return made


def chosen_cases(options, groups, environment, folder):
    """The names, and whether they are a whole sample, by which entries of refused.toml are judged."""
    if options.cases:
        names = cases.named_in(options.cases)
    else:
        names = cases.named_in(options.source) if options.source else \
            cases.listed_by(options.binary, folder, environment)  # fmt: skip
        if not options.all:
            names = cases.sample(names, groups, options.seed, options.scale)
    if options.only:
        names = [name for name in names if re.search(options.only, name)]
    if not names:
        raise cases.CaseError("No case is chosen. See --only, and groups.toml.")
    usual = options.all or (options.seed == SEED and options.scale >= 1)
    return list(dict.fromkeys(names)), usual and not (options.cases or options.only or options.source)


def sides_of(options, environment):
    common = options.binary, environment, options.timeout, options.deqp_option
    return Side("natively", [], *common), Side("through", options.through.split(), *common)


def tell(options, names, groups, table, whole, results):
    """Prints and writes; True when nothing is wrong."""
    native, through, differences, seconds = results
    rows = compare.count(names, groups, native, through, differences)
    about = {"binary": str(options.binary), "seed": options.seed, "seconds": round(seconds),
             "system": platform.platform()}  # fmt: skip
    if options.json:
        options.json.write_text(report.as_json(about, names, native, through, differences), encoding="utf-8")
    if options.markdown:
        options.markdown.write_text("\n".join(report.markdown(rows, table)) + "\n", encoding="utf-8")
    for kind, title in ((compare.OTHER, "Fail natively, and otherwise through the service:"),
                        (compare.DIFFERENT, "Pass or are not supported natively, and fail through the service:")):  # fmt: skip
        if of_kind := [d for d in differences if d.kind == kind]:
            print(f"\n{title}", *map(report.sentence, of_kind), sep="\n")
    idle = [refusal.pattern for refusal in table if not refusal.cases] if whole else []
    if idle:
        print(f"\n{options.refused} refuses what passes, or is not there:", *idle, sep="\n")
    print("", *report.table(rows), "", sep="\n")
    differ = sum(row.differences[compare.DIFFERENT] for row in rows)
    refused = sum(row.differences[compare.REFUSED] for row in rows)
    print(f"{len(names)} cases: {sum(r.good for r in native.values())} pass natively, "
          f"{sum(r.good for r in through.values())} through the service; {differ} differ, {refused} are refused "
          f"({seconds:.0f} s)")  # fmt: skip
    return not differ and not idle


def run(options, folder):
    groups, table = cases.groups_of(options.groups), refusals.read(options.refused)
    with contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        if not options.no_display:
            environment["DISPLAY"] = stack.enter_context(display())
            environment.update(stack.enter_context(compositor()))
        names, whole = chosen_cases(options, groups, environment, folder)
        sides = sides_of(options, environment)
        began = time.monotonic()

        def told(case, native, through):
            kind, _ = compare.kind_of(case, native, through, table)
            if kind == compare.DIFFERENT:
                difference = compare.Difference(case, native, through, kind)
                print(report.sentence(difference), file=sys.stderr, flush=True)

        known = report.native_in(options.native_from) if options.native_from else None
        native, through = both.run(names, sides, options.jobs, told, known)
        for name, result in native.items():
            if result.status == "Missing":
                raise cases.CaseError(f"{options.binary} does not run {name}: {result.detail}")
        differences = compare.compare(names, native, through, table)
        if not options.no_again:
            both.run_again([d for d in differences if d.kind == compare.DIFFERENT], sides, table)
    return tell(options, names, groups, table, whole, (native, through, differences, time.monotonic() - began))


def main(arguments=None):
    options = parser().parse_args(arguments)
    options.binary = options.binary.resolve()
    try:
        if not os.access(options.binary, os.X_OK):
            raise cases.CaseError(f"{options.binary} is no program.")
        with tempfile.TemporaryDirectory(prefix="vgpu-cts-") as folder:
            return 0 if run(options, folder) else 1
    except (cases.CaseError, refusals.RefusalError, OSError) as error:
        print(f"tests/conformance/run: {error}", file=sys.stderr)
        return 2
