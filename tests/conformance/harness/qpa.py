"""Reads the log of the conformance tests while they write it."""

import html
import re

RESULT = re.compile(r'<Result StatusCode="(\w+)">(.*?)</Result>', re.S)
LOST = "VK_ERROR_DEVICE_LOST"


class Result:
    """How a case ended: the tests' own word (Pass, NotSupported, Fail, ...) or one of ours: Crash,
    Timeout, Missing. `detail` is the tests' sentence."""

    GOOD = frozenset({"Pass", "QualityWarning", "CompatibilityWarning", "Waiver"})

    def __init__(self, status, detail="", seconds=0.0):
        self.status = status
        self.detail = detail
        self.seconds = seconds

    @property
    def good(self):
        return self.status in self.GOOD

    @property
    def lost_the_device(self):
        """What comes after it in the same process has no device either."""
        return self.status == "DeviceLost" or (not self.good and LOST in self.detail)


class Reader:
    """Follows the log of one process. `read` gives what has ended since it was last called."""

    def __init__(self, path):
        self.path = path
        self.place = 0
        self.rest = ""
        self.running = None  # the case that has begun and not ended
        self.text = []

    def read(self):
        """[(case, Result)]; `running` is then the case under way, or None."""
        try:
            with open(self.path, encoding="utf-8", errors="replace", newline="\n") as log:
                log.seek(self.place)
                new = log.read()
                self.place = log.tell()
        except FileNotFoundError:
            return []
        *lines, self.rest = (self.rest + new).split("\n")
        return [ended for line in lines if (ended := self.line(line))]

    def line(self, line):
        if line.startswith("#beginTestCaseResult "):
            self.running, self.text = line.split(" ", 1)[1].strip(), []
        elif line.startswith("#endTestCaseResult") and self.running:
            found = RESULT.search("\n".join(self.text))
            if not found:
                return self.ended(Result("Crash", "no result"))
            return self.ended(Result(found[1], html.unescape(found[2]).strip()))
        elif line.startswith("#terminateTestCaseResult ") and self.running:
            return self.ended(Result(line.split(" ", 1)[1].strip()))
        elif self.running:
            self.text.append(line)
        return None

    def ended(self, result):
        case, self.running = self.running, None
        return case, result
