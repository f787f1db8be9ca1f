"""Lists of Debian packages: a name and a reason a line, like tools/packages.txt."""

import re


def names(text):
    """The packages that a list names."""
    lines = (re.sub(r"#.*", "", line).split() for line in text.splitlines())
    return [words[0] for words in lines if words]


def read(path):
    return names(path.read_text(encoding="utf-8"))
