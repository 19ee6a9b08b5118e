"""A confidence interval as a small picture: a bar about the line of no change, with the margin that a gate allows."""

from __future__ import annotations

from mlgit.stats.interval import Interval
from mlgit.views.escape import html
from mlgit.views.wording import interval_text

WIDTH = 132
HEIGHT = 16
ROOM = 1.12
"""The scale reaches so much further than what is drawn."""


def interval_bar(
    estimate: float,
    interval: Interval,
    *,
    style: str,
    decided: Interval | None = None,
    bound: float | None = None,
    centre: float = 0.0,
) -> str:
    """Return the SVG of an interval about `centre` (no change), with a tick at `bound`; `style` names its colour.

    A thin line shows the interval that `decided`, which is wider where it is corrected for several evaluations.
    """
    wide = decided or interval
    ends = [interval.low, interval.high, wide.low, wide.high, estimate, *([] if bound is None else [bound])]
    reach = max(abs(value - centre) for value in ends) * ROOM or 1.0

    def place(value: float) -> str:
        return f"{(value - centre) / reach * WIDTH / 2 + WIDTH / 2:.1f}"

    middle, label = HEIGHT // 2, html(f"{interval_text(interval)}, {interval.level:.0%}")
    tick = ""
    if bound is not None:
        tick = f'<line class="bound" x1="{place(bound)}" x2="{place(bound)}" y1="1" y2="{HEIGHT - 1}"/>'
    if decided is not None:
        ends_at = f'x1="{place(wide.low)}" x2="{place(wide.high)}" y1="{middle}" y2="{middle}"'
        tick += f'<line class="decides" {ends_at}/>'
    return (
        f'<svg class="interval {html(style)}" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{label}"><title>{label}</title>'
        f'<line class="zero" x1="{place(centre)}" x2="{place(centre)}" y1="0" y2="{HEIGHT}"/>{tick}'
        f'<line class="reach" x1="{place(interval.low)}" x2="{place(interval.high)}" y1="{middle}" y2="{middle}"/>'
        f'<circle cx="{place(estimate)}" cy="{middle}" r="3.5"/></svg>'
    )
