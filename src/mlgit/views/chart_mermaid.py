"""A chart as Mermaid, which GitHub draws inside a comment: old against new, and no host of images.

An xychart spreads the values of a line evenly over its axis, so every curve is read off at even steps first. Its
labels are texts of a repository: they keep letters, digits and a few signs, so that no label ends its quotation, starts
a directive or a comment of Mermaid, or ends the block of code around it.

Reference: https://mermaid.js.org/syntax/xyChart.html. GitHub draws diagrams of 50,000 characters and no larger.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlgit.dvc.plots import Absence, Chart, Picture, Point, Points
from mlgit.text import value_text, visible
from mlgit.views.escape import code
from mlgit.views.markdown import row_text
from mlgit.views.vega_spec import points_of

STEPS = 40
"""Even steps at which a curve is read off: as many as a chart of 640 pixels shows."""
MOST_LINES = 4
MOST_BARS = 15
MOST_CLASSES = 12
LARGEST = 1e12
SMALLEST = 1e-9
"""An xychart knows no exponents: numbers outside of these bounds have too many digits."""
OLD, NEW = ("#9aa5b1", "#a8b8a0", "#c0aeb8", "#b8b09a"), ("#3b82f6", "#16a34a", "#db2777", "#d97706")
LONGEST_LABEL = 40
SIGNS = frozenset(" _-.,()/:+=")


def chart_block(chart: Chart) -> str:
    """Return the Markdown of a chart: a Mermaid diagram or a table; empty when a comment cannot show it."""
    base, head = points_of(chart.base).points, points_of(chart.head).points
    if not head and not base:
        return ""
    if chart.kind == "counts":
        return counts_block(base, head, titles(chart))
    if chart.kind == "bars":
        return bars_block(base, head, titles(chart))
    return curve_block(base, head, titles(chart)) if chart.kind == "line" else ""


def reason_not_drawn(chart: Chart) -> str:
    """Return why a chart is not in the comment, in our own words."""
    if isinstance(chart.base, Absence) and isinstance(chart.head, Absence):
        return "its points are not here"
    if isinstance(chart.base, Picture) or isinstance(chart.head, Picture):
        return "a picture"
    return "points" if chart.kind == "points" else "too large or too few values"


def titles(chart: Chart) -> tuple[str, str]:
    """Return the titles of the axes, those of the head where it has points."""
    for part in (chart.head, chart.base):
        if isinstance(part, Points) and part.points:
            return part.x_title, part.y_title
    return "", ""


def curve_block(base: Sequence[Point], head: Sequence[Point], named: tuple[str, str]) -> str:
    """Return lines over a numeric axis, a pair of colours for each column."""
    series = list(dict.fromkeys(point.series for point in (*head, *base)))
    pairs = [(curve(base, name), curve(head, name)) for name in series]
    curves = [one for pair in pairs for one in pair if one]
    if not curves or len(series) > MOST_LINES:
        return ""
    low, high = max(one[0][0] for one in curves), min(one[-1][0] for one in curves)
    steps = min(STEPS, max(len({x for x, _ in one}) for one in curves) - 1)
    if steps < 1 or not low < high:
        return ""
    grid = [low + (high - low) * number / steps for number in range(steps + 1)]
    lines, colours, said = [], [], []
    for (old, new), name, grey, bright in zip(pairs, series, OLD, NEW, strict=False):
        for one, colour in ((old, grey), (new, bright)):
            if one:
                lines.append([value_at(one, x) for x in grid])
                colours.append(colour)
        said.append(code(name) if len(series) > 1 else "")
    body = [axis("x", named[0], (low, high)), axis("y", named[1], bounds(lines))]
    if not all(body):
        return ""
    body += [f"  line [{', '.join(digits(value) for value in line)}]" for line in lines]
    return diagram(colours, body) + caption(said)


def curve(points: Sequence[Point], series: str) -> list[tuple[float, float]]:
    """Return the points of one column that are numbers, from left to right; those of one place keep their order."""
    found = [
        (float(point.x), float(point.y))
        for point in points
        if point.series == series
        and isinstance(point.x, int | float)
        and isinstance(point.y, int | float)
        and math.isfinite(point.x)
        and math.isfinite(point.y)
    ]
    rising = len(found) < 2 or found[0][0] <= found[-1][0]
    return sorted(found if rising else found[::-1], key=lambda pair: pair[0])


def value_at(points: Sequence[tuple[float, float]], x: float) -> float:
    """Return the value of a curve at `x`, on the straight line between its neighbours; flat beyond its ends."""
    before = next((pair for pair in reversed(points) if pair[0] <= x), points[0])
    after = next((pair for pair in points if pair[0] >= x), points[-1])
    if after[0] <= before[0]:
        return before[1]
    return before[1] + (after[1] - before[1]) * (x - before[0]) / (after[0] - before[0])


def bars_block(base: Sequence[Point], head: Sequence[Point], named: tuple[str, str]) -> str:
    """Return bars of the new values, longest first, and a line through the old ones."""
    old, new = lengths(base), lengths(head)
    names = sorted(new or old, key=lambda name: -abs((new or old)[name]))[:MOST_BARS]
    if len(names) < 2:
        return ""
    values = [[side.get(name, 0.0) for name in names] for side in (new, old) if side]
    labels = ", ".join(f'"{text}"' for text in distinct([label(name) for name in names]))
    limits = bounds([[0.0], *values])
    if not limits:
        return ""
    body = [f"  x-axis [{labels}]", axis("y", named[0], limits)]
    body += [
        f"  {mark} [{', '.join(map(digits, line))}]"
        for mark, line in zip(("bar", "line"), values, strict=False)
    ]
    said = "bars: head; line: base" if old and new else f"bars: {'head' if new else 'base'}"
    left = len(new or old) - len(names)
    said += f"; {left} smaller ones left out" if left else ""
    return diagram([NEW[0], "#4b5563"] if new else [OLD[0]], body, "horizontal") + f"\n\n<sub>{said}</sub>"


def lengths(points: Sequence[Point]) -> dict[str, float]:
    """Return the length of each bar by its name (a bar lies along x and is named by y)."""
    return {
        str(point.y): float(point.x)
        for point in points
        if point.y is not None and isinstance(point.x, int | float) and math.isfinite(point.x)
    }


def counts_block(base: Sequence[Point], head: Sequence[Point], named: tuple[str, str]) -> str:
    """Return how often each pair occurs as a table, `base → this` where the two differ."""
    across = list(dict.fromkeys(str(point.x) for point in (*head, *base)))
    down = list(dict.fromkeys(str(point.y) for point in (*head, *base)))
    if not 0 < max(len(across), len(down)) <= MOST_CLASSES:
        return ""
    old, new = ({(str(one.x), str(one.y)): one.count for one in side} for side in (base, head))
    corner = f"{code(named[1], 40, cell=True)} \\ {code(named[0], 40, cell=True)}" if all(named) else ""
    header = [corner, *(code(name, 40, cell=True) for name in sorted(across))]
    rule = ["---", *["---:"] * len(across)]
    rows = [
        [code(name, 40, cell=True), *(count_cell(old, new, (x, name)) for x in sorted(across))]
        for name in sorted(down)
    ]
    return "\n".join(row_text(row) for row in (header, rule, *rows))


def count_cell(
    old: dict[tuple[str, str], int], new: dict[tuple[str, str], int], pair: tuple[str, str]
) -> str:
    """Return how often one pair occurs at both moments."""
    before, after = (side.get(pair, 0) if side else None for side in (old, new))
    if before is None or after is None or before == after:
        return value_text(after if after is not None else before)
    return f"{value_text(before)} → {value_text(after)}"


def diagram(colours: Sequence[str], body: Sequence[str], orientation: str = "") -> str:
    """Return an xychart as a block of code that GitHub draws."""
    head = [
        "```mermaid",
        "---",
        "config:",
        "  xyChart:",
        "    width: 640",
        "    height: 280",
        "  themeVariables:",
        "    xyChart:",
        f'      plotColorPalette: "{", ".join(colours)}"',
        "---",
    ]
    return "\n".join([*head, f"xychart-beta {orientation}".rstrip(), *body, "```"])


def axis(name: str, title: str, limits: tuple[float, float] | None) -> str:
    """Return the line of an axis; empty when its numbers are no good for one."""
    if limits is None or max(map(abs, limits)) > LARGEST or limits[1] - limits[0] < SMALLEST:
        return ""
    named = f' "{label(title)}"' if label(title) else ""
    return f"  {name}-axis{named} {digits(limits[0])} --> {digits(limits[1])}"


def bounds(lines: Sequence[Sequence[float]]) -> tuple[float, float] | None:
    """Return the limits of an axis around all values with a little room; None when there is none for them."""
    low, high = min(map(min, lines)), max(map(max, lines))
    if high - low > 2 * LARGEST:
        return None
    room = (high - low) * 0.05 or max(abs(high) * 0.05, 0.5)
    floor = 0.0 if 0 <= low < (high - low) * 0.5 else low - room
    ceiling = 1.0 if 0.95 < high <= 1 else 0.0 if high == 0 else high + room
    return floor, ceiling


def digits(value: float) -> str:
    """Return a number in six significant digits without an exponent."""
    from decimal import Decimal

    text = f"{Decimal(f'{value:.6g}'):f}"
    return text if text != "-0" else "0"


def label(text: str) -> str:
    """Return a text with nothing in it that means something to Mermaid."""
    kept = "".join(letter if letter.isalnum() or letter in SIGNS else " " for letter in visible(text, 200))
    short = " ".join(kept.split())
    return short if len(short) <= LONGEST_LABEL else short[: LONGEST_LABEL - 3] + "..."


def distinct(labels: Sequence[str]) -> list[str]:
    """Return labels that are all different and not empty: an axis shows one place for each."""
    made: list[str] = []
    for text in labels:
        candidate, number = text or "unnamed", 1
        while candidate in made:
            number += 1
            candidate = f"{text or 'unnamed'} ({number})"
        made.append(candidate)
    return made


def caption(series: Sequence[str]) -> str:
    """Return what the colours of the lines mean."""
    tones = ("blue", "green", "pink", "orange")
    if len(series) == 1:
        return "\n\n<sub>grey: base; blue: head</sub>"
    said = "; ".join(f"{tone}: {name}" for tone, name in zip(tones, series, strict=False))
    return f"\n\n<sub>{said}; pale: base</sub>"
