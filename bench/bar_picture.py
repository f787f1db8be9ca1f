"""Draws the ratios of bench/run as an SVG: a bar a row, 1 is native, longer is slower."""

import math
from xml.sax.saxutils import escape

ROW_HEIGHT = 22
LABEL_WIDTH = 400
BAR_WIDTH = 480  # from the shortest to the longest
MARGIN = 16
MET, MISSED, OPEN = "#2a7f62", "#b3432b", "#7a7a7a"


def slowness(row):
    """How many times longer it takes than natively, whichever way the row counts."""
    ratio = row["ratio"]
    return ratio if row["better"] == "lower" else 1 / ratio


def text(x, y, content, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def scale(values):
    """Logarithmic, because a call may take a hundred times longer and a frame the same time."""
    low = min(0.5, *values)
    high = max(2.0, *values)
    span = math.log(high / low)
    return lambda value: LABEL_WIDTH + BAR_WIDTH * math.log(value / low) / span


def bar(row, index, place):
    y = MARGIN + (index + 1) * ROW_HEIGHT
    left, right = sorted((place(1.0), place(slowness(row))))
    color = {True: MET, False: MISSED, None: OPEN}[row["target_met"]]
    return [text(LABEL_WIDTH - 8, y + 15, row["what"], "end"),
            f'<rect x="{left:.1f}" y="{y + 4}" width="{max(right - left, 1):.1f}"'
            f' height="{ROW_HEIGHT - 8}" fill="{color}"/>',
            text(right + 5, y + 15, f"{slowness(row):.2f}")]


def bar_picture(report):
    """SVG text. Rows that were not measured on both sides are left out."""
    rows = [row for row in report if row["ratio"]]
    width = LABEL_WIDTH + BAR_WIDTH + 80
    height = 2 * MARGIN + (len(rows) + 2) * ROW_HEIGHT
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
             ' font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             text(MARGIN, MARGIN + 4, "Times native, logarithmic; green: target met, red: not, grey: none")]
    if rows:
        place = scale([slowness(row) for row in rows])
        for index, row in enumerate(rows):
            lines += bar(row, index, place)
        bottom = MARGIN + (len(rows) + 1) * ROW_HEIGHT
        lines.append(f'<line x1="{place(1.0):.1f}" y1="{MARGIN + ROW_HEIGHT}" x2="{place(1.0):.1f}"'
                     f' y2="{bottom}" stroke="black"/>')
        lines.append(text(place(1.0), bottom + 14, "native", "middle"))
    return "\n".join(lines + ["</svg>", ""])
