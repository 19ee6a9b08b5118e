"""Drift as blocks: every column with its effect and threshold, and both distributions of those that drifted."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.data.drift import ColumnDrift, DriftReport, TableDrift
from mlgit.text import counted
from mlgit.views.cells import Block, Cell, Foreign, Heading, Own, Paragraph, Row, Table, cell, columns

WORDS = {"same": "same", "drift": "DRIFT", "not judged": "not judged"}
BAR = 24


def drift_blocks(report: DriftReport) -> Iterator[Block]:
    """Yield the tables, each with its columns and the distributions of those that drifted."""
    for table in report.tables:
        yield Heading(("drift of ", Foreign(table.table)))
        yield Paragraph((summary(table),))
        yield columns_table(table)
        for one in table.columns:
            if one.state == "drift":
                yield distribution_table(one)


def summary(table: TableDrift) -> str:
    """Say how many columns drifted, of how many, and on what ground."""
    drifted = sum(one.state == "drift" for one in table.columns)
    few = sum(one.state == "not judged" for one in table.columns)
    least = max((one.threshold for one in table.columns), default=0.0)
    left = f"; {counted(few, 'column')} not judged: too few rows" if few else ""
    return (
        f"{drifted} of {counted(len(table.columns), 'column')} drifted: {counted(table.head_rows, 'row')} beside "
        f"{counted(table.base_rows, 'row')} of the reference; drift is a PSI that reaches its "
        f"limit, with a chance below its own; a PSI of {least:.3g} would be seen in every column{left}"
    )


def columns_table(table: TableDrift) -> Table:
    """Return every column with what was measured and from where on it is drift."""
    names = ("column", "state", "PSI", "PSI limit", "distance", "chance", "chance limit")
    rows = (
        Row(
            (
                cell(Foreign(one.column)),
                cell(Own(WORDS[one.state], "bad" if one.state == "drift" else "")),
                cell(f"{one.psi:.4f}"),
                cell(f"{one.threshold:.4f}"),
                cell(f"{one.distance:.3f}"),
                cell(f"{one.chance:.2g}"),
                cell(f"{one.limit:.2g}"),
            )
        )
        for one in table.columns
    )
    return Table(title="", columns=columns(*names, right=names[2:]), rows=tuple(rows))


def distribution_table(one: ColumnDrift) -> Table:
    """Return both distributions of a column, a row each cell."""
    base, head = (*one.base.counts, one.base.empty), (*one.head.counts, one.head.empty)
    before, now = max(1, sum(base)), max(1, sum(head))
    most = max(*(count / before for count in base), *(count / now for count in head), 1e-9)
    rows = (
        Row((name, *bar(earlier / before, most), *bar(later / now, most)))
        for name, earlier, later in zip(cell_names(one), base, head, strict=True)
        if earlier or later
    )
    return Table(
        title=f"how {one.column!r} spreads",
        columns=columns("cell", "base", "", "head", "", right=("base", "head")),
        rows=tuple(rows),
    )


def bar(share: float, most: float) -> tuple[Cell, Cell]:
    """Return a share as a percentage and as a bar of blocks."""
    return cell(f"{share:.1%}"), cell("█" * round(BAR * share / most))


def cell_names(one: ColumnDrift) -> list[Cell]:
    """Return what lies in each cell."""
    if one.base.edges:
        inside = [cell(f"up to {edge:g}") for edge in one.base.edges]
        return [*inside, cell(f"above {one.base.edges[-1]:g}"), cell("no value")]
    return [*(cell(Foreign(value)) for value in one.base.values), cell("others"), cell("no value")]
