"""bench/run --scale: what many contexts cost, and what one is given beside others.

Under the null layer, so that the transport is all that is left. Members of a crowd draw frames of
100 draws and wait for each. With every number of contexts there are two runs: all draw, or one
draws while the others are idle, which should make no difference to it.
"""

import statistics

from report import SIDES, cell, columns, summarize

CONTEXTS = (1, 2, 4, 8, 16, 64)
BESIDE = 4  # contexts of the interactive row: one at 60 Hz, the others draw all they can


def rows(contexts):
    """As bench/targets.toml has them."""
    found = []
    for count in contexts:
        found.append({"name": f"crowd_{count}", "row": "crowd", "clients": count, "null": True,
                      "contexts": count, "all": True})  # fmt: skip
        found.append({"name": f"crowd_{count}_one_busy", "row": "crowd", "clients": count, "busy": 1,
                      "null": True, "contexts": count, "all": False})  # fmt: skip
    found.append({"name": "60hz_alone", "row": "pace_60hz", "null": True})
    found.append({"name": f"60hz_beside_{BESIDE - 1}", "row": "interactive", "clients": BESIDE, "null": True})
    return found


def of(runs, name):
    return summarize([run[name] for run in runs if name in run])


def line_of(count, side, all_busy, one_busy):
    return {"contexts": count, "side": side, "fps": of(all_busy, "value"), "p50_us": of(all_busy, "p50"),
            "p99_us": of(all_busy, "p99"), "one_busy_fps": of(one_busy, "value"),
            "one_busy_p50_us": of(one_busy, "p50"), "one_busy_p99_us": of(one_busy, "p99"),
            "context_mib": of(all_busy + one_busy, "context_mib"),
            "idle_wakeups": of(all_busy + one_busy, "idle_wakeups")}  # fmt: skip


def scale_report(contexts, results):
    """--json's `scale`, a line for each number of contexts and side, and `interactive`."""
    lines = [line_of(count, side, results.get((f"crowd_{count}", side), []),
                     results.get((f"crowd_{count}_one_busy", side), []))
             for side in SIDES for count in contexts
             if (f"crowd_{count}", side) in results]  # fmt: skip
    interactive = []
    for name in ("60hz_alone", f"60hz_beside_{BESIDE - 1}"):
        for side in SIDES:
            runs = results.get((name, side))
            if runs:
                interactive.append({"name": name, "side": side, "p50_us": of(runs, "value"),
                                    "p99_us": of(runs, "p99")})  # fmt: skip
    return {"scale": lines, "interactive": interactive}


def wakeups_of(lines):
    return sum(line["idle_wakeups"]["max"] for line in lines if line["idle_wakeups"])


def verdicts(report):
    """Sentences about the service, each with whether it holds."""
    ours = [line for line in report["scale"] if line["side"] == "ours" and line["one_busy_fps"]]
    if len(ours) < 2:
        return []
    few, many = ours[0], ours[-1]
    kept = many["one_busy_fps"]["median"] / few["one_busy_fps"]["median"]
    best = max(line["fps"]["median"] for line in ours)
    mebibytes = [line["context_mib"]["median"] for line in ours]
    return [
        (f"Beside {many['contexts'] - 1} idle contexts one is as fast as alone ({kept:.2f} of it)", kept >= 0.9),
        (f"All contexts' wake-ups while idle: {wakeups_of(ours):g}", wakeups_of(ours) == 0),
        (f"{many['contexts']} contexts together reach {many['fps']['median'] / best:.2f} of the best aggregate",
         many["fps"]["median"] >= 0.8 * best),
        (f"A context takes {min(mebibytes):.1f} .. {max(mebibytes):.1f} MiB, its application included,"
         " however many there are", max(mebibytes) <= 1.2 * statistics.median(mebibytes)),
    ]  # fmt: skip


def contexts_lines(report):
    names = ("fps", "p50_us", "p99_us", "one_busy_fps", "one_busy_p50_us", "one_busy_p99_us",
             "context_mib", "idle_wakeups")  # fmt: skip
    lines = [("contexts", "side", "all busy: fps", "p50 us", "p99 us", "one busy: fps", "p50 us", "p99 us",
              "MiB each", "idle wake-ups")]  # fmt: skip
    for line in report["scale"]:
        values = (f"{line[name]['median']:.4g}" if line[name] else "-" for name in names)
        lines.append((str(line["contexts"]), line["side"], *values))
    return lines


def interactive_lines(report):
    return [("60 Hz, 100 draws", "side", "p50 us (min .. max)", "p99 us (min .. max)")] + [
        (line["name"], line["side"], cell(line["p50_us"]), cell(line["p99_us"]))
        for line in report["interactive"]]  # fmt: skip


def markdown(report):
    """The same for a document."""
    tables = [contexts_lines(report), interactive_lines(report)]
    return "\n\n".join("\n".join("| " + " | ".join(line) + " |" for line in
                                  [lines[0], ["---"] * len(lines[0]), *lines[1:]])
                       for lines in tables)  # fmt: skip


def table(report):
    text = columns(contexts_lines(report))
    if report["interactive"]:
        text += "\n\n" + columns(interactive_lines(report))
    for sentence, holds in verdicts(report):
        text += f"\n{'yes' if holds else 'NO '}  {sentence}."
    return text
