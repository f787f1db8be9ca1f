"""This machine: where things lie, commands run on it, and lines that say what goes on."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

from . import result

HERE = pathlib.Path(__file__).resolve().parent.parent  # tests/xen
ROOT = HERE.parent.parent
BEGAN = time.monotonic()


class LabError(Exception):
    """Something is not as it should be; the text says what, and the remedy where there is one."""


class Stopped(BaseException):
    """A signal asks to end. No Exception, so that no scenario takes it for its own failure."""


def say(text):
    print(f"[{time.monotonic() - BEGAN:5.0f} s] {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text):
    """Says that a step begins, and how long it took."""
    say(text)
    began = time.monotonic()
    yield
    say(f"{text}: {time.monotonic() - began:.1f} s")


def stop_on_signals():
    """Makes signals that end this program raise Stopped, once; what follows is cleaning up."""

    def stop(number, _frame):
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup's wish is respected
            signal.signal(number, stop)


def until(ready, timeout, what, interval=0.2):
    """Asks `ready` again and again until it is true, and returns its value."""
    deadline = time.monotonic() + timeout
    while not (value := ready()):
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {timeout:g} s.")
        time.sleep(interval)
    return value


def call(command, timeout=600, **options):
    """Runs a command of the harness itself; its output is shown only when it fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=timeout, check=False, **options)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{command[0]} does not end within {timeout} s.") from error
    if done.returncode:
        raise LabError(f"{' '.join(map(str, command))} ends with status {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def as_root(*command):
    return list(command) if os.geteuid() == 0 else ["sudo", "--", *command]


def tools_function(script, timeout=3600):
    """Runs a line of bash that uses the functions of tools/lib.sh; its output goes to stderr."""
    line = f'set -euo pipefail; . "{ROOT}/tools/lib.sh"; {script}'
    if subprocess.run(["bash", "-c", line], stdout=sys.stderr, timeout=timeout, check=False).returncode:
        raise LabError("That failed, as said above.")


class Host:
    """This machine as scenarios see it: like a domain, but with the programs of the build folder."""

    name = "host"

    def __init__(self, staging):
        self.staging = staging

    def run(self, command, timeout=120, env=None, check=True):
        path = f"{self.staging}/usr/local/bin:{self.staging}/usr/local/sbin:{os.environ['PATH']}"
        try:
            done = subprocess.run(command, shell=True, env={**os.environ, "PATH": path, **(env or {})},
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                                  check=False)  # fmt: skip
            outcome = result.Result("host", command, done.stdout, done.stderr, done.returncode, False)
        except subprocess.TimeoutExpired as late:
            outcome = result.Result("host", command, late.stdout or b"", late.stderr or b"", None, True)
        return outcome.checked() if check else outcome
