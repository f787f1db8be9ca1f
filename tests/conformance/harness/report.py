"""Writes what a run found: for people, as Markdown, and as JSON."""

import json

from .compare import DIFFERENT, MORE, OTHER, REFUSED
from .qpa import Result

HEAD = ("group", "cases", "pass natively", "pass through", "not supported natively", "pass through only", "differ",
        "refused", "other")  # fmt: skip


def cells(row):
    differ = row.differences
    return [row.name, row.cases, row.native, row.through, row.unsupported,
            differ[MORE], differ[DIFFERENT], differ[REFUSED], differ[OTHER]]  # fmt: skip


def total(rows):
    return ["all", *(sum(values) for values in zip(*(cells(row)[1:] for row in rows), strict=True))]


def table(rows):
    lines = [cells(row) for row in rows] + [total(rows)]
    widths = [max(len(str(line[i])) for line in [HEAD, *lines]) for i in range(len(HEAD))]
    for line in [HEAD, *lines]:
        first, *numbers = zip(line, widths, strict=True)
        yield first[0].ljust(first[1]) + "".join(f"  {str(value):>{width}}" for value, width in numbers)


def markdown(rows, refusals):
    yield f"| {' | '.join(HEAD)} |"
    yield "|---|" + "--:|" * (len(HEAD) - 1)
    for line in [cells(row) for row in rows] + [total(rows)]:
        yield f"| {' | '.join(map(str, line))} |"
    if refusals:
        yield "\n| refused | cases | reason |\n|---|--:|---|"
        for refusal in refusals:
            pattern = refusal.pattern.replace("|", "\\|")
            yield f"| `{pattern}` | {len(refusal.cases)} | {refusal.reason} |"


def sentence(difference):
    """Two lines: the name, and how it ended on both sides."""
    def told(result):
        return f"{result.status} ({result.detail[:160]})" if result.detail and not result.good else result.status

    again = f"; {difference.again}" if difference.again else ""
    return f"{difference.case}\n    natively {told(difference.native)}, through {told(difference.through)}{again}"


def as_json(about, cases, native, through, differences):
    kinds = {difference.case: difference for difference in differences}

    def side(result):
        return {"status": result.status, "detail": result.detail, "seconds": round(result.seconds, 3)}

    listed = []
    for case in cases:
        entry = {"case": case, "native": side(native[case]), "through": side(through[case])}
        if case in kinds:
            entry["kind"] = kinds[case].kind
            entry["again"] = kinds[case].again
            entry["reason"] = kinds[case].refusal.reason if kinds[case].refusal else ""
        listed.append(entry)
    return json.dumps({**about, "cases": listed}, indent=1)


def native_in(path):
    """{case: Result} of the native side of an earlier run's JSON."""
    entries = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return {entry["case"]: Result(**entry["native"]) for entry in entries}
