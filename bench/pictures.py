"""Draws what bench/run measured, with matplotlib, which it needs only for this."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DISTRIBUTION_PYTHON = "/usr/bin/python3"

OURS_MET, OURS_MISSED, OURS_OPEN, PEER, NATIVE = "#1b7f5c", "#c2452d", "#5b6b7a", "#b9a0d6", "#2f5d9b"
COLORS = {"native": NATIVE, "ours": OURS_MET, "peer": "#8057b0"}
MARKS = {"native": "o", "ours": "s", "peer": "^"}


def have_matplotlib():
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def pyplot():
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "bench"  # the same figures give the same file
    from matplotlib import pyplot as plt

    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    return plt


def slower(row, value, base):
    """How many times worse than `base` it is, whichever way the row counts; None without either."""
    if not value or not base:
        return None
    return value / base if row["better"] == "lower" else base / value


def target_value(row):
    """The target in the row's unit, or None."""
    words = row["target"]
    if not words:
        return None
    number = float(words.split()[1]) if "native +" not in words else float(words.split()[-1])
    if "x native" in words:
        return number * row["native"] if row["native"] else None
    if "native +" in words:
        return row["native"] + number if row["native"] is not None else None
    return number


def color_of(row):
    return {True: OURS_MET, False: OURS_MISSED, None: OURS_OPEN}[row["target_met"]]


def times(value):
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def logarithmic(axes, values, label):
    """1, 10, 100 on the axis, and room for the numbers beside the bars."""
    low, high = min(values, default=1), max(values, default=1)
    room = (max(high, 1) / min(low, 1)) ** 0.1
    axes.set_xscale("log")
    axes.set_xlim(min(low, 1) / room, max(high, 1) * room)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.set_xlabel(label)


def draw_ratios(axes, rows, peer):
    """Bars: how much slower than native, longer is slower; the peer's below ours."""
    height = 0.38 if peer else 0.66
    values = []
    for y, row in enumerate(rows):
        bars = [("ours", color_of(row), y - (height / 2 if peer else 0))]
        if peer:
            bars.append(("peer", PEER, y + height / 2))
        for side, color, place in bars:
            ratio = slower(row, row.get(side), row["native"])
            if ratio is None:
                continue
            values.append(ratio)
            axes.barh(place, ratio - 1, left=1, height=height, color=color)
            outside = ratio >= 1
            axes.annotate(times(ratio), (ratio, place), xytext=(3 if outside else -3, 0),
                          textcoords="offset points", va="center", ha="left" if outside else "right",
                          fontsize=7, color="#222222")  # fmt: skip
    axes.axvline(1, color="black", linewidth=0.9)
    logarithmic(axes, values, "times as slow as native (1: as fast; logarithmic)")


def draw_targets(axes, rows, peer):
    """Points: which part of what the target allows is taken; left of the line it is met."""
    values = []
    for y, row in enumerate(rows):
        target = target_value(row)
        for side, color, mark in (("peer", COLORS["peer"], "^"), ("ours", color_of(row), "s")):
            part = slower(row, row.get(side), target) if side == "ours" or peer else None
            if part:
                values.append(part)
                axes.plot(part, y, mark, color=color, markersize=5)
        span = row["spread"].get("ours")
        ends = [slower(row, span[end], target) for end in ("min", "max")] if span else []
        if all(ends) and ends:
            values += ends
            axes.plot(ends, [y, y], color=color_of(row), linewidth=1.2)
    axes.axvline(1, color="black", linewidth=0.9)
    logarithmic(axes, values, "part of the target (left of 1: it is met)")


def ratio_picture(report, title):
    """A figure with a row for each row that was measured on both sides."""
    plt = pyplot()
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    rows = [row for row in report["rows"] if slower(row, row["ours"], row["native"]) or
            (row["ours"] is not None and target_value(row))]  # fmt: skip
    peer = any("peer" in row for row in rows)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12.5, 1.6 + max(len(rows), 4) * (0.36 if peer else 0.27)), sharey=True,
        gridspec_kw={"width_ratios": [3, 2]}, layout="constrained")  # fmt: skip
    draw_ratios(left, rows, peer)
    draw_targets(right, rows, peer)
    left.set_yticks(range(len(rows)), [row["what"] for row in rows])
    left.set_ylim(len(rows) - 0.4, -0.6)
    right.tick_params(axis="y", length=0)
    for axes in (left, right):
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        for y in range(0, len(rows), 2):
            axes.axhspan(y - 0.5, y + 0.5, color="#f5f5f5", zorder=-1)
    legend = [Patch(color=OURS_MET, label="ours, target met"), Patch(color=OURS_MISSED, label="ours, target missed"),
              Patch(color=OURS_OPEN, label="ours, no target")]  # fmt: skip
    if peer:
        legend.append(Line2D([], [], color=PEER, marker="^", markerfacecolor=COLORS["peer"], linewidth=6,
                             markeredgewidth=0, label=report.get("peer", "peer")))  # fmt: skip
    figure.suptitle(title, fontsize=11)
    figure.get_layout_engine().set(rect=(0, 0.3 / figure.get_figheight(), 1, 1 - 0.3 / figure.get_figheight()))
    figure.legend(handles=legend, loc="lower center", ncols=len(legend), frameon=False)
    return figure


def draw_lines(axes, lines, names, title, unit, log=True):
    """A line a side over the number of contexts; the second of two names is dashed."""
    for side in dict.fromkeys(line["side"] for line in lines):
        for name, style in zip(names, ("-", "--")):
            points = [(line["contexts"], line[name]) for line in lines if line["side"] == side and line[name]]
            if not points:
                continue
            x = [count for count, _ in points]
            y = [value["median"] for _, value in points]
            axes.plot(x, y, style, marker=MARKS[side], markersize=4, color=COLORS[side],
                      label=side + (" p99" if style == "--" else ""))  # fmt: skip
            if style == "-":
                axes.fill_between(x, [value["min"] for _, value in points], [value["max"] for _, value in points],
                                  color=COLORS[side], alpha=0.12, linewidth=0)  # fmt: skip
    axes.set_xscale("log", base=2)
    counts = sorted({line["contexts"] for line in lines})
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    if log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=9, loc="left")
    axes.set_xlabel("contexts")
    axes.set_ylabel(unit)
    axes.grid(color="#e4e4e4", linewidth=0.6)


def scale_picture(report, title):
    plt = pyplot()
    figure, axes = plt.subplots(2, 2, figsize=(11, 7.6), layout="constrained")
    lines = report["scale"]
    draw_lines(axes[0][0], lines, ["fps"], "All draw: frames of all together", "frames a second")
    draw_lines(axes[0][1], lines, ["p50_us", "p99_us"], "All draw: a frame until it is known to be done",
               "microseconds (dashed: 99th percentile)")  # fmt: skip
    draw_lines(axes[1][0], lines, ["one_busy_fps"], "One draws, the others are idle: its frames",
               "frames a second", log=False)  # fmt: skip
    draw_lines(axes[1][1], lines, ["context_mib"], "Memory of a context, application and driver included", "MiB",
               log=False)  # fmt: skip
    axes[0][0].legend(frameon=False, fontsize=8)
    wakeups = ", ".join(
        f"{side} {sum(line['idle_wakeups']['max'] for line in lines if line['side'] == side and line['idle_wakeups']):g}"
        for side in dict.fromkeys(line["side"] for line in lines))  # fmt: skip
    figure.suptitle(f"{title}\nWake-ups while all contexts are idle, over all runs: {wakeups}", fontsize=11)
    return figure


def draw_elsewhere(report, path):
    """By the distribution's Python, whose packages another Python that comes first does not see."""
    if os.path.realpath(sys.executable) == os.path.realpath(DISTRIBUTION_PYTHON) or not os.path.exists(
            DISTRIBUTION_PYTHON):  # fmt: skip
        raise SystemExit("bench/run: A picture needs matplotlib. Install python3-matplotlib, or take the figures"
                         " with --json and draw them elsewhere with --draw.")  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(report, file)
        file.flush()
        drawn = subprocess.run([DISTRIBUTION_PYTHON, Path(__file__).with_name("run"), "--draw", file.name,
                                "--picture", path], stdout=subprocess.DEVNULL)  # fmt: skip
    if drawn.returncode != 0:
        raise SystemExit(drawn.returncode)


def save(report, path):
    """As the path's ending says: .png, .svg, .pdf."""
    if not have_matplotlib():
        return draw_elsewhere(report, path)
    facts = f"{report['rounds']} round{'s' * (report['rounds'] != 1)}, {report['processors']} processors, load {report['load_before'].split()[0]}" \
            f" .. {report['load_after'].split()[0]}"  # fmt: skip
    figure = scale_picture(report, f"Many contexts, null backend ({facts})") if "scale" in report \
        else ratio_picture(report, f"Through the service, compared with the driver itself ({facts})")
    svg = {"metadata": {"Date": None}} if path.suffix == ".svg" else {}
    figure.savefig(path, dpi=130, **svg)
