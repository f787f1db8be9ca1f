"""What differs between the two sides."""

import collections

from .cases import group_of
from .refusals import refusal_of

SAME, DIFFERENT, REFUSED, MORE, OTHER = "same", "different", "refused", "more", "other"


class Difference:
    """A case that ended differently. `kind`: DIFFERENT passes natively alone, or is not supported
    natively and fails through the service; REFUSED would be that, and is in the table; MORE passes
    through the service alone; OTHER is all else, for example what fails in two ways."""

    def __init__(self, case, native, through, kind, refusal=None):
        self.case = case
        self.native = native
        self.through = through
        self.kind = kind
        self.refusal = refusal
        self.again = ""  # what a second run of it alone said


def kind_of(case, native, through, refusals):
    """(kind, refusal or None)"""
    if native.good and through.good or native.status == through.status:
        return SAME, None
    if through.good:
        return MORE, None
    if native.good or native.status == "NotSupported":
        refusal = refusal_of(case, refusals)
        return (REFUSED, refusal) if refusal else (DIFFERENT, None)
    return OTHER, None


def compare(cases, native, through, refusals):
    """[Difference], in the order of the cases. Notes at each refusal the cases that it speaks of."""
    found = []
    for case in cases:
        kind, refusal = kind_of(case, native[case], through[case], refusals)
        if refusal:
            refusal.cases.append(case)
        if kind != SAME:
            found.append(Difference(case, native[case], through[case], kind, refusal))
    return found


class Row:
    """The counts of a group."""

    def __init__(self, name):
        self.name = name
        self.cases = self.native = self.through = self.unsupported = 0
        self.differences = collections.Counter()


def count(cases, groups, native, through, differences):
    """[Row], in the order in which the groups occur."""
    rows = {}
    for case in cases:
        row = rows.setdefault(group_of(case, groups), Row(group_of(case, groups)))
        row.cases += 1
        row.native += native[case].good
        row.through += through[case].good
        row.unsupported += native[case].status == "NotSupported"
    for difference in differences:
        rows[group_of(difference.case, groups)].differences[difference.kind] += 1
    return list(rows.values())
