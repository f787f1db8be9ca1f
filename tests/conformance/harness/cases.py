"""Which cases there are, and which of them a run takes."""

import hashlib
import pathlib
import re
import subprocess
import tomllib


class CaseError(Exception):
    """No cases can be had; the text says why and what to do."""


def listed_by(binary, folder, environment):
    """Every case of the binary, in its order. It writes them into `folder`, a file for each package."""
    made = pathlib.Path(folder) / "lists"
    made.mkdir()
    command = [str(binary), "--deqp-runmode=txt-caselist", f"--deqp-archive-dir={binary.parent}",
               f"--deqp-caselist-export-file={made}/${{packageName}}.txt", f"--deqp-log-filename={folder}/list.qpa"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    if not any(made.iterdir()):
        raise CaseError(f"{binary} lists no cases (exit status {done.returncode}): {done.stderr.strip()[-300:]}")
    return named_in(made)


def named_in(path):
    """The cases of a list: one a line, or of the form "TEST: name", as the binary writes it. For a
    folder, those of all lists below it."""
    files = sorted(path.rglob("*.txt")) if path.is_dir() else [path]
    names = []
    for file in files:
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            name = line.removeprefix("TEST: ").strip()
            if re.fullmatch(r"[\w-]+(\.[\w-]+)+", name) and not line.startswith("GROUP: "):
                names.append(name)
    if not names:
        raise CaseError(f"{path} names no case.")
    return names


class Group:
    """A part of the tests, and how many of its cases a run takes."""

    def __init__(self, name, prefix, take):
        self.name = name
        self.prefix = prefix
        self.take = take


def groups_of(path):
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Group(**entry) for entry in table["group"]]


def group_of(case, groups):
    """The name of a case's group; a case of none is in one named as its own second part."""
    for group in groups:
        if case.startswith(group.prefix):
            return group.name
    return case.split(".")[1]


def rank(seed, case):
    """A case's place among its siblings: the same in every run with this seed, whatever else there is."""
    return hashlib.sha256(f"{seed} {case}".encode()).digest()


def take_evenly(cases, take, seed, depth=2):
    """`take` of the cases, as many of each child as of the others, as far as they have so many."""
    if take >= len(cases):
        return list(cases)
    children = {}
    for case in cases:
        parts = case.split(".")
        children.setdefault(parts[depth] if depth < len(parts) else case, []).append(case)
    if len(children) == 1 and depth < 32:
        return take_evenly(cases, take, seed, depth + 1)
    taken, left = [], take
    # The smallest first: what they cannot give is left to the others.
    order = sorted(children.values(), key=lambda members: (len(members), rank(seed, members[0])))
    for index, members in enumerate(order):
        share = min(len(members), -(-left // (len(order) - index)))
        if depth > 3:
            taken += sorted(members, key=lambda case: rank(seed, case))[:share]
        else:
            taken += take_evenly(members, share, seed, depth + 1)
        left -= share
    return taken


def sample(cases, groups, seed, scale=1.0):
    """What a run takes: of each group its number, in the order of the binary."""
    taken = set()
    for group in groups:
        members = [case for case in cases if group_of(case, groups) == group.name]
        taken.update(take_evenly(members, max(1, round(group.take * scale)), seed))
    return [case for case in cases if case in taken]
