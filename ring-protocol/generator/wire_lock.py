"""wire.lock: the number of each command for ever, and the hash of its layout."""

import os

import plan as planning

FIRST = 16  # smaller numbers are the rings' own: padding, awaiting a channel

HEADER = """# One line per command: number, name, waits for a reply or not, hash of its layout.
# Numbers are only ever appended. `ring-protocol/generator/generate.py --update-lock` writes this file.
"""


class LockError(Exception):
    """The wire changed unasked."""


def read(path):
    """The lock's entries by name. Without the file there are none yet."""
    entries, last = {}, FIRST - 1
    if not os.path.exists(path):
        return entries
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            number, name, kind, digest = line.split()
            if int(number) <= last:
                raise LockError(f"{path}: number {number} of {name} does not follow {last}. "
                                "Lines are only ever appended.")  # fmt: skip
            if name in entries:
                raise LockError(f"{path}: {name} has two numbers, {entries[name][0]} and {number}.")
            entries[name], last = (int(number), kind, digest), int(number)
    return entries


def _known_as(name, locked, model):
    """The lock may know a command by the name to which a registry newer than this one promoted it."""
    return name if name in locked else next((n for n in [model.without_tag(name)] if n in locked), None)


def assign(plan, path, update):
    """Gives each command its number. What is not as the lock says stops the build."""
    locked = read(path)
    following = max([n for n, _, _ in locked.values()] + [FIRST - 1]) + 1
    changes = []
    for command in plan.commands:
        if not command.on_wire:
            continue
        known = _known_as(command.name, locked, plan.model)
        if known:
            command.number = locked[known][0]
        else:
            command.number, following = following, following + 1
    entries = dict(locked)
    for command in plan.commands:
        if not command.on_wire:
            continue
        entry = (command.number, _kind(command), f"{planning.layout_hash(plan, command):08x}")
        known = _known_as(command.name, locked, plan.model)
        if locked.get(known) != entry:
            changes.append((command.name, locked.get(known), entry))
        entries[known or command.name] = entry
    if changes and update:
        _write(path, entries)
    return changes


def _kind(command):
    return "call" if command.replies else "post"


def _write(path, entries):
    rows = sorted((n, name, kind, digest) for name, (n, kind, digest) in entries.items())
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADER)
        for number, name, kind, digest in rows:
            file.write(f"{number} {name} {kind} {digest}\n")
