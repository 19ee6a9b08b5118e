"""A comparison as blocks: what is compared, and for each model its gates, its tables and its plots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mlgit.metrics.comparison import Comparison, ModelComparison, Side, SideError
from mlgit.text import counted
from mlgit.views import cells, gate
from mlgit.views.cells import Block, Figures, Foreign, Heading, Items, Line, Own, Paragraph
from mlgit.views.compare_tables import (
    claims_text,
    data_table,
    metric_table,
    parameter_table,
    plot_table,
    stage_table,
    tone,
)

if TYPE_CHECKING:
    from mlgit.dvc.plots import Chart


def blocks(comparison: Comparison, charts: Sequence[Chart] = ()) -> Iterator[Block]:
    """Yield the blocks of a comparison; `charts` are shown where a medium can."""
    yield Heading(sides(comparison), 1)
    yield from error_list(comparison.errors)
    for model in comparison.models:
        yield from model_blocks(model, tuple(chart for chart in charts if chart.model == model.name))
    if comparison.claims and (said := claims_text(comparison.claims)):
        yield Paragraph((said,), "quiet", inner=False)
    if not comparison.models and not comparison.errors:
        yield Paragraph(("Nothing changed.",), inner=False)
    if comparison.untouched:
        text = f"{counted(comparison.untouched, 'model')} without a change ("
        yield Paragraph((text, Foreign("--all"), " shows them)."), "quiet", inner=False)


def sides(comparison: Comparison) -> Line:
    """Return what is compared: base and head."""
    return (*side_line(comparison.base), " → ", *side_line(comparison.head))


def side_line(side: Side) -> Line:
    """Return how a side is called: the name asked for and the commit."""
    if side.commit is None:
        return (side.name if side.name == "working tree" else Foreign(side.name),)
    short = Foreign(side.commit[:9])
    return (short,) if side.commit.startswith(side.name) else (Foreign(side.name), " (", short, ")")


def error_list(errors: Sequence[SideError]) -> Iterator[Items]:
    """Yield the list of the files that cannot be read, where there are any."""
    lines = tuple((Own("unreadable", "bad"), f" at the {one.side}: ", *error_line(one)) for one in errors)
    if lines:
        yield Items(lines)


def error_line(error: SideError) -> Line:
    """Return which file cannot be read, and why."""
    return (Foreign(error.where or error.file), ": ", cells.sentence(error.message))


def model_blocks(model: ModelComparison, charts: tuple[Chart, ...]) -> Iterator[Block]:
    """Yield the part of one model."""
    yield Heading((Foreign(model.name), ": ", Own(model.state, tone(model.state), badge=True)))
    yield from error_list(model.errors)
    if model.gate is not None and model.gate.verdict is not None:
        yield Paragraph(("Gates: ", *gate.verdict_line(model.gate)))
        yield from gate.model_blocks(model.gate)
    else:
        if model.gate is not None:
            yield from gate.model_blocks(model.gate)
        if model.evidence:
            yield Paragraph((cells.sentence(model.evidence),), "quiet")
    made = (metric_table, parameter_table, data_table, stage_table)
    yield from (table for table in (make([model]) for make in made) if table.rows)
    plots = plot_table(model.plots)
    if charts:
        yield Figures(charts, plots)
    elif plots.rows:
        yield plots
    if model.unchanged:
        text = f"{counted(model.unchanged, 'more row')} unchanged ("
        yield Paragraph((text, Foreign("--all"), " shows them)."), "quiet")
