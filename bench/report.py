"""What the runs say: medians, targets, a table."""

import statistics

SIDES = ("native", "ours", "peer")


def summarize(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "runs": len(values)} if values else None  # fmt: skip


def target_of(row, native, ours):
    """The target in words, and whether it is met (None where that cannot be said)."""
    ratio = ours / native if ours is not None and native else None
    more = ours - native if ours is not None and native is not None else None
    kinds = {"at_most": ("<= {:g}", ours, lambda a, b: a <= b),
             "at_least": (">= {:g}", ours, lambda a, b: a >= b),
             "ratio_at_most": ("<= {:g} x native", ratio, lambda a, b: a <= b),
             "ratio_at_least": (">= {:g} x native", ratio, lambda a, b: a >= b),
             "above_native_at_most": ("<= native + {:g}", more, lambda a, b: a <= b)}
    for kind, (words, measured, holds) in kinds.items():
        if kind in row:
            met = holds(measured, row[kind]) if measured is not None else None
            return words.format(row[kind]), met
    return "", None


def beside(runs):
    """Medians of what a row prints besides its value, such as p99."""
    names = [name for name in runs[0] if name not in ("row", "unit", "value")] if runs else []
    return {name: statistics.median(run[name] for run in runs if name in run) for name in names}


def row_report(row, runs):
    """One of --json's `rows`. native, ours and peer are medians; `spread` has their least and most."""
    spread = {side: summarize([run["value"] for run in runs[side]]) for side in runs if runs[side]}
    medians = {side: spread[side]["median"] if side in spread else None for side in ("native", "ours")}
    target, met = target_of(row, medians["native"], medians["ours"])
    anything = [run for side in runs.values() for run in side]
    report = {"name": row["name"], "what": row["what"], "better": row["better"],
              "unit": anything[0]["unit"] if anything else "", **medians}  # fmt: skip
    if "peer" in spread:
        report["peer"] = spread["peer"]["median"]
    report |= {"target": target, "target_met": met,
               "ratio": medians["ours"] / medians["native"]
               if medians["ours"] is not None and medians["native"] else None,
               "null": row.get("null", False), "spread": spread,
               "beside": {side: beside(runs[side]) for side in spread}}  # fmt: skip
    return report


def report_of(rows, results):
    return [row_report(row, {side: results.get((row["name"], side), []) for side in SIDES})
            for row in rows]  # fmt: skip


def cell(summary):
    if not summary:
        return "-"
    return f"{summary['median']:.4g} ({summary['min']:.4g} .. {summary['max']:.4g})"


def columns(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip()
                     for line in lines)  # fmt: skip


def table(report):
    """Text with a line a row."""
    sides = [side for side in SIDES if side != "peer" or any(side in row for row in report)]
    lines = [("row", "unit", *(f"{side} (min .. max)" for side in sides), "ratio", "target", "met")]
    for row in report:
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.3g}"
        met = {True: "yes", False: "NO", None: "-"}[row["target_met"]]
        lines.append((row["name"], row["unit"], *(cell(row["spread"].get(side)) for side in sides),
                      ratio, row["target"] or "-", met))  # fmt: skip
    judged = [row["target_met"] for row in report if row["target_met"] is not None]
    verdict = f"\n{sum(judged)} of {len(judged)} targets met" if judged else ""
    return columns(lines) + verdict


def markdown_number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def markdown(report):
    """The same for a document: medians, and the range of ours."""
    peer = any("peer" in row for row in report)
    heads = ["what", "unit", "native", *(["peer"] if peer else []), "ours", "least .. most of ours",
             "target", "met"]  # fmt: skip
    lines = [heads, ["---"] * len(heads)]
    for row in report:
        ours = row["spread"].get("ours")
        span = f"{markdown_number(ours['min'])} .. {markdown_number(ours['max'])}" if ours else "-"
        lines.append([row["what"], row["unit"], markdown_number(row["native"]),
                      *([markdown_number(row.get("peer"))] if peer else []),
                      markdown_number(row["ours"]), span, row["target"] or "-",
                      {True: "yes", False: "**no**", None: "-"}[row["target_met"]]])  # fmt: skip
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
