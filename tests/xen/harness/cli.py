"""The command tests/xen/run."""

import argparse
import contextlib
import fcntl
import pathlib
import shlex
import sys

from . import domain, host, images, machine, scenario, staging
from .host import HERE, ROOT, LabError, Stopped, say, step
from .lab import CONFIGS, Lab

EPILOG = """
A machine that --keep left up is for work in between: --attach pushes what was built anew into its
domains and runs scenarios again, within seconds; --in DOMAIN 'COMMAND' runs a command in one of
dom0, gvm, dvm-pv and dvm-pvh; --stop ends it.
"""


def parser():
    made = argparse.ArgumentParser(
        prog="tests/xen/run", epilog=EPILOG, allow_abbrev=False,
        description="Runs scenarios on real Xen, in a machine that QEMU emulates: with dom0, a gvm that "
                    "owns a display, and two dvms. The last line is \"N passed, N failed\".",
        formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    what = made.add_argument_group("which scenarios (default: the core ones)")
    what.add_argument("--all", action="store_true", help="every scenario")
    what.add_argument("--only", metavar="REGEX", help="those whose sentence matches")
    what.add_argument("--list", action="store_true", help="print them, and do nothing")
    which = made.add_argument_group("which machine").add_mutually_exclusive_group()
    which.add_argument("--keep", action="store_true", help="leave the machine up at the end")
    which.add_argument("--attach", action="store_true", help="use the machine that --keep has left up")
    which.add_argument("--stop", action="store_true", help="end the machine that --keep has left up")
    which.add_argument("--in", dest="inside", nargs=2, metavar=("DOMAIN", "COMMAND"),
                       help="run a shell command in a domain of the machine that is up")  # fmt: skip
    made.add_argument("--user", default="root", help="for --in: root or alice (default: root)")
    made.add_argument("--timeout", type=int, default=600, help="for --in: seconds (default: 600)")
    made.add_argument("--no-build", action="store_true", help="take what is built and installed already")
    made.add_argument("--build-dir", type=pathlib.Path, default=ROOT / "build", metavar="DIR")
    made.add_argument("--configs", type=pathlib.Path, default=ROOT / "xl-configs", metavar="DIR",
                      help="the guests' configurations: gvm-pv.cfg, dvm-pv.cfg, dvm-pvh.cfg; kernel, disk, "
                           "memory and the like are replaced (default: xl-configs)")  # fmt: skip
    made.add_argument("--output", type=pathlib.Path, metavar="DIR", help="logs, pictures (default: BUILD/xen-run)")
    made.add_argument("--cache", type=pathlib.Path, metavar="DIR",
                      help="kernel and root file systems (default: BUILD/xen-cache)")  # fmt: skip
    made.add_argument("--accelerator", default="tcg,thread=multi", help="QEMU's -accel (default: %(default)s)")
    made.add_argument("--cpus", type=int, default=1,
                      help="of the machine; more than one is slow where others use this computer (default: 1)")  # fmt: skip
    return made


def parse(arguments=None):
    options = parser().parse_args(arguments)
    options.build_dir = options.build_dir.resolve()
    options.output = (options.output or options.build_dir / "xen-run").resolve()
    options.cache = (options.cache or options.build_dir / "xen-cache").resolve()
    return options


@contextlib.contextmanager
def only_one(folder):
    """Keeps a second run out of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / machine.LOCK, "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(f"Another run uses {folder}. Choose another --output.") from error
        yield


def build(options):
    """Installs what is missing and builds our programs."""
    if options.no_build:
        return
    with step("Building"):
        host.tools_function(f'install_packages "$ROOT/tools/packages.txt" "{HERE}/packages.txt"; '
                            f"build_in {shlex.quote(str(options.build_dir))} --buildtype=release")  # fmt: skip


@contextlib.contextmanager
def running_lab(options):
    """The lab, of a machine started for this run or left up by an earlier one."""
    box = machine.Machine(options.output)
    configs = {name: options.configs / file for name, file in CONFIGS.items()}
    if options.attach:
        box.take_over()
        lab = Lab(box, configs)
        staging.stage(options.build_dir, box.folder)
        lab.ensure()  # a guest may have been destroyed since
        lab.push()
        yield lab
        return
    box.must_be_off()
    made = prepared(options)
    try:
        yield started(box, made, configs, options)
    finally:
        if options.keep and box.alive():
            say(f"The machine stays up (process {box.state['pid']}): tests/xen/run --attach, --in, --stop.")
        else:
            box.end()


def prepared(options):
    """The images. Packages come over a network, so what fails is tried once more."""
    try:
        return images.Images(options.cache).prepare()
    except (LabError, OSError) as error:
        say(f"The images cannot be made: {error} They are made once more.")
        return images.Images(options.cache).prepare()


def started(box, made, configs, options):
    """A lab whose guests are up. An emulated machine on a busy computer sometimes does not boot in its
    time, which says nothing of our programs, so it is given a second try."""
    for last in (False, True):
        box.start(made, options.build_dir, options)
        lab = Lab(box, configs)
        try:
            lab.boot()
            return lab
        except (LabError, AssertionError, OSError) as error:
            if last:
                raise
            say(f"The machine does not boot: {error} It is started once more.")
            box.end()


def run_scenarios(lab, chosen, stays_up):
    """The outcomes. Logs are fetched after a failure, and when the machine is about to end."""
    outcomes = []
    try:
        for one in chosen:
            say(f"... {one.sentence}")
            outcomes.append(scenario.run_one(one, lab))
            say(scenario.row(outcomes[-1]))
            if outcomes[-1].failure:
                print(outcomes[-1].failure, file=sys.stderr, flush=True)
                lab.collect()
            lab.between_scenarios()
    finally:
        if not stays_up:
            lab.collect()
    return outcomes


def run(options):
    chosen = scenario.select(scenario.load(), options.all, options.only)
    if options.list:
        print("\n".join(f"{'core' if one.core else '    '} {one.sentence}" for one in chosen))
        return 0
    if not chosen:
        raise LabError(f"No scenario matches {options.only}.")
    build(options)
    with only_one(options.output):
        with running_lab(options) as lab:
            outcomes = run_scenarios(lab, chosen, options.keep or options.attach)
    failed = any(outcome.failure for outcome in outcomes)
    say(f"Logs: {options.output}")
    print(scenario.table(outcomes), flush=True)
    return 1 if failed else 0


def run_inside(options):
    """A command in a domain of the machine that is up; its status is ours."""
    name, command = options.inside
    box = machine.Machine(options.output)
    box.take_over()
    if name not in box.state["ports"]:
        raise LabError(f"There is no domain {name}, but {', '.join(box.state['ports'])}.")
    one = domain.Domain(name, box.state["ports"][name])
    done = one.run(command, user=options.user, timeout=options.timeout, check=False)
    sys.stdout.buffer.write(done.output)
    sys.stderr.buffer.write(done.errors)
    return done.status & 0xFF


def stop(options):
    box = machine.Machine(options.output)
    box.take_over()
    box.end()
    return 0


def main():
    options = parse()
    host.stop_on_signals()
    try:
        if options.inside:
            return run_inside(options)
        return stop(options) if options.stop else run(options)
    except (LabError, OSError) as error:
        print(f"tests/xen/run: {error}", file=sys.stderr)
        if options.output.exists():
            print(f"tests/xen/run: See the logs in {options.output}.", file=sys.stderr)
        return 1
    except Stopped as reason:
        print(f"tests/xen/run: stopped by {reason}", file=sys.stderr)
        return 1
