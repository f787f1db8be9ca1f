"""Scenarios: functions that take the lab and raise when something is not as it should be."""

import dataclasses
import importlib.util
import re
import signal
import time
import traceback
import typing

from .host import HERE, LabError

MAX_SECONDS = 300
registered = []


@dataclasses.dataclass
class Scenario:
    sentence: str
    core: bool
    seconds: int  # what it may take
    function: typing.Callable


@dataclasses.dataclass
class Outcome:
    sentence: str
    seconds: float
    failure: str | None


def scenario(sentence, core=False, seconds=MAX_SECONDS):
    """Marks a function as a scenario; those that are core run by default."""

    def register(function):
        registered.append(Scenario(sentence, core, seconds, function))
        return function

    return register


def expect(condition, text):
    """Raises with the text unless the condition holds."""
    if not condition:
        raise AssertionError(text)


def load():
    """All scenarios, in the order of their files' names and of the text in them."""
    registered.clear()
    for path in sorted((HERE / "scenarios").glob("*.py")):
        specification = importlib.util.spec_from_file_location(f"scenario_{path.stem}", path)
        specification.loader.exec_module(importlib.util.module_from_spec(specification))
    return list(registered)


def select(scenarios, everything=False, only=None):
    """Those whose sentence matches `only`; without it all, or those that are core."""
    if only:
        return [one for one in scenarios if re.search(only, one.sentence, re.I)]
    return [one for one in scenarios if everything or one.core]


def run_one(one, lab):
    """The outcome of a scenario, which finds all guests up; whatever it raises is its failure."""

    def too_late(_number, _frame):
        raise LabError(f"The scenario takes longer than {one.seconds} s.")

    began = time.monotonic()
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(one.seconds)
    try:
        lab.ensure()
        one.function(lab)
        failure = None
    except (AssertionError, LabError) as error:
        failure = f"{error}\n{_place(error)}"
    except Exception:  # pylint: disable=broad-except # a broken scenario is a failed one
        failure = traceback.format_exc()
    finally:
        signal.alarm(0)
    return Outcome(one.sentence, time.monotonic() - began, failure)


def _place(error):
    """Where in its file a scenario has failed."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/scenarios/" in frame.filename]
    return f"  at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def row(outcome):
    """One line of the table."""
    return f"{'FAILED' if outcome.failure else 'ok':6} {outcome.seconds:6.1f} s  {outcome.sentence}"


def table(outcomes):
    """All rows, and the line that counts them."""
    failed = sum(bool(outcome.failure) for outcome in outcomes)
    return "\n".join([*map(row, outcomes), f"{len(outcomes) - failed} passed, {failed} failed"])
