"""The table of what this driver does not do, by name and reason."""

import re
import tomllib


class RefusalError(Exception):
    """The table cannot be read; the text says which entry and why."""


class Refusal:
    """Cases that pass natively and are not to pass through the service."""

    def __init__(self, pattern, reason):
        self.pattern = pattern
        self.reason = reason
        self.regex = re.compile(pattern)
        self.cases = []  # those of this run that it speaks of


def read(path):
    made = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("refused", []):
        if not entry.get("reason") or not entry.get("cases") or set(entry) != {"cases", "reason"}:
            raise RefusalError(f"{path}: an entry has `cases`, a regular expression, and `reason`: {entry}")
        try:
            made.append(Refusal(entry["cases"], entry["reason"]))
        except re.error as error:
            raise RefusalError(f"{path}: {entry['cases']} is no regular expression: {error}.") from error
    return made


def refusal_of(case, refusals):
    """The first that speaks of the whole name, or None."""
    for refusal in refusals:
        if refusal.regex.fullmatch(case):
            return refusal
    return None
