"""How values, changes and sizes are written for people. Shared by the text, Markdown and HTML views."""

from __future__ import annotations

from mlgit.metrics.comparison import DataVersion, MetricRow
from mlgit.stats.interval import Interval
from mlgit.text import counted, value_text

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def change_text(change: float | None) -> str:
    """Return a change with its sign; empty when there is none."""
    if change is None or change == 0:
        return ""
    return ("+" if change > 0 else "") + value_text(change)


def signed(value: float) -> str:
    """Return a change with its sign, three digits after the point where it is small, one where it is in thousands."""
    if value == 0:
        return "0"
    if 1000 <= abs(value) < 1e7:
        return f"{value:+,.1f}"
    shown = f"{value:+.3f}" if 0.0005 <= abs(value) < 1000 else f"{value:+.2g}"
    return shown if float(shown) else f"{value:+.1g}"


def plain(value: float) -> str:
    """Return a value in as many digits as `signed` has."""
    return signed(value).removeprefix("+")


def interval_text(interval: Interval, *, change: bool = True) -> str:
    """Return the compact form of an interval: `[-0.004, +0.028]`."""
    shape = signed if change else plain
    return f"[{shape(interval.low)}, {shape(interval.high)}]"


def changed_by(row: MetricRow) -> str:
    """Return a change, with its interval where there is one: `+0.012 [-0.004, +0.028]`."""
    if row.interval is None or row.change is None:
        return change_text(row.change)
    return f"{signed(row.change)} {interval_text(row.interval)}"


def needed_text(needed: int | None, have: int | None = None) -> str:
    """Return how many items would decide; empty when it is not known or when they are there already."""
    if needed is None or (have is not None and needed <= have):
        return ""
    return f"n >= {needed:,} would decide"


def size_text(size: int | None) -> str:
    """Return a number of bytes in the unit that suits it (powers of 1,000)."""
    if size is None:
        return "-"
    amount, unit = float(size), 0
    while amount >= 999.5 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{size} B" if unit == 0 else f"{amount:.3g} {UNITS[unit]}"


def version_text(version: DataVersion | None) -> str:
    """Return what is recorded about data: rows or files, and the size."""
    if version is None:
        return "-"
    parts = []
    if version.rows is not None:
        parts.append(counted(version.rows, "row"))
    if version.files is not None:
        parts.append(counted(version.files, "file"))
    if version.size is not None:
        parts.append(size_text(version.size))
    short = version.digest[:8]
    return ", ".join(parts) or (short if short.isascii() and short.isalnum() else "-")
