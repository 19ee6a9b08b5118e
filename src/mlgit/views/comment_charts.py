"""The charts of the comment: those that differ, drawn where GitHub can, named where it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.dvc.plots import Chart
from mlgit.host.document import WEIGHTS, Section
from mlgit.metrics.comparison import Comparison
from mlgit.views.chart_mermaid import chart_block, reason_not_drawn
from mlgit.views.escape import code

MOST_CHARTS = 6
MOST_NAMED = 20


def plots(comparison: Comparison, charts: Sequence[Chart]) -> Section | None:
    """Return the charts that differ, old against new; what a comment cannot draw is named."""
    several = len(comparison.models) > 1
    differing = [chart for chart in charts if chart.state != "unchanged"]
    pieces: list[str] = []
    left: list[str] = []
    for chart in differing:
        drawn = chart_block(chart) if len(pieces) < MOST_CHARTS else ""
        name = chart_name(chart.title or chart.file, chart.model if several else "")
        if drawn:
            pieces.append(f"**{name}**\n\n{drawn}")
        else:
            left.append(f"{name} ({reason_not_drawn(chart) if len(pieces) < MOST_CHARTS else 'one of many'})")
    known = {(chart.model, chart.file) for chart in charts}
    left += [
        chart_name(row.file, model.name if several else "")
        for model in comparison.models
        for row in model.plots
        if row.state not in ("unchanged", "not available") and (model.name, row.file) not in known
    ]
    if left:
        pieces.append(f"Not drawn here: {named(left)}.")
    if not pieces:
        return None
    return Section(title="Charts", weight=WEIGHTS["charts"], pieces=tuple(pieces), separator="\n\n")


def chart_name(title: str, model: str) -> str:
    """Return how a chart is called."""
    return f"{code(title, 100)} of {code(model, 80)}" if model else code(title, 100)


def named(names: Sequence[str]) -> str:
    """Return a list in words, its end counted when it is long."""
    left = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {left} more" if left > 0 else "")
