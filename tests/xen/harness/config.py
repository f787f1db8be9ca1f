"""Makes the configuration of a guest for this machine out of one that xl could use elsewhere: some
keys are replaced, others kept as they are."""

import re

ASSIGNMENT = re.compile(r"^\s*(\w+)\s*=\s*", re.M)


def without_comments(text):
    """The text without what follows a # outside of quotes."""
    return re.sub(r"""("[^"\n]*"|'[^'\n]*')|#[^\n]*""", lambda match: match[1] or "", text)


def parse(text):
    """A configuration's keys and their values as they are written: 600, "pv", [ 'a', 'b' ]."""
    text = without_comments(text)
    values, position = {}, 0
    while match := ASSIGNMENT.search(text, position):
        end = _end_of_value(text, match.end())
        values[match[1]] = text[match.end() : end].strip().rstrip(";")
        position = end
    return values


def _end_of_value(text, start):
    """Where a value ends: its line, or the line that closes its brackets."""
    depth = 0
    for match in re.compile(r"""\[|\]|\n|"[^"\n]*"|'[^'\n]*'""").finditer(text, start):
        depth += {"[": 1, "]": -1}.get(match[0], 0)
        if match[0] == "\n" and depth <= 0:
            return match.start()
    return len(text)


def unquoted(value):
    return value.strip("\"'")


def quoted(value):
    """A value of Python as xl reads it."""
    if isinstance(value, list):
        return "[" + ", ".join(map(quoted, value)) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


def derive(text, replaced, more_options=""):
    """The configuration with some keys replaced, and more options on the kernel's line."""
    values = parse(text)
    options = " ".join(filter(None, (unquoted(values.get("extra", "")), more_options)))
    values.update({key: quoted(value) for key, value in replaced.items()})
    values["extra"] = quoted(options)
    return "".join(f"{key} = {value}\n" for key, value in values.items())
