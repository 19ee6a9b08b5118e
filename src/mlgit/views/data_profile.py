"""The profile of a table as blocks: a summary for any medium, and for a page what is in each column besides."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.data.leakage import LEAKED
from mlgit.data.table_profile import CellProfile, ColumnProfile, SplitPlan, TableProfile
from mlgit.text import counted, value_text
from mlgit.views.cells import (
    Bar,
    Block,
    Cell,
    Foreign,
    Heading,
    Items,
    Level,
    Line,
    Own,
    Paragraph,
    Row,
    Sketch,
    Table,
    cell,
    columns,
    sentence,
)
from mlgit.views.wording import interval_text, plain, size_text

ROLES = {"target": "target", "id": "id", "group": "group", "left-out": "left out"}


def page_blocks(profile: TableProfile) -> Iterator[Block]:
    """Yield the page: the summary, then each column with its cells."""
    yield from summary_blocks(profile)
    centre = mean_of_target(profile)
    for one in profile.columns:
        if one.cells:
            yield from column_blocks(one, profile, centre)


def summary_blocks(profile: TableProfile) -> Iterator[Block]:
    """Yield what the table is, what a person has to look at, the columns in one table, and the split."""
    yield Heading(("profile of ", Foreign(profile.table)), level=1)
    yield Paragraph(
        (
            Foreign(profile.file),
            f": {counted(profile.rows, 'row')}, {counted(len(profile.columns), 'column')}, {size_text(profile.bytes)}",
        )
    )
    if profile.target:
        yield Paragraph((f"task: {profile.task}, because ", sentence(profile.task_reason)))
    looked = tuple(findings(profile))
    if looked:
        yield Items(looked)
    yield column_table(profile)
    if profile.target:
        yield Paragraph(
            (
                f"tells: the share of the error of guessing the target that a column alone takes away, in {counted(profile.told_rows, 'row')}",
            ),
            tone="quiet",
        )
    yield from split_blocks(profile)


def findings(profile: TableProfile) -> Iterator[Line]:
    """Yield what was found besides: warnings, leaks, rows that repeat, groups and time, words for nothing."""
    for note in profile.notes:
        yield (sentence(note),)
    for warning in profile.warnings:
        yield (Own("warning", "warn"), ": ", sentence(warning))
    for one in profile.columns:
        if one.future:
            yield (Foreign(one.column.name), " holds days that are still to come")
    if profile.repeated:
        share = profile.repeated / profile.rows
        yield (f"{counted(profile.repeated, 'row')} ({share:.1%}) repeat an earlier one, ids aside",)
    else:
        yield ("no row repeats an earlier one, ids aside",)
    if profile.group_column:
        yield ("groups: ", Foreign(profile.group_column), ", ", sentence(profile.group_reason))
    if profile.time_column:
        yield ("time: ", Foreign(profile.time_column))
    if profile.missing:
        yield ("words for no value: ", Foreign(", ".join(profile.missing)))
    if profile.key:
        yield ("no two rows share ", Foreign(", ".join(profile.key)), ": together they name a row")
    for low, high in profile.ordered:
        yield (Foreign(low), " is never larger than ", Foreign(high))


def column_table(profile: TableProfile) -> Table:
    """Return every column in one row."""
    names = ("column", "kind", "missing", "values", "spread", *(("tells",) if profile.target else ()), "why")
    rows = tuple(Row(tuple(column_cells(one, profile))) for one in profile.columns)
    return Table(title="Columns", columns=columns(*names, right=("missing", "values", "tells")), rows=rows)


def column_cells(one: ColumnProfile, profile: TableProfile) -> Iterator[Cell]:
    """Yield the cells of a column's row."""
    column = one.column
    role = ROLES.get(column.role, "")
    yield cell(Foreign(column.name))
    yield cell(column.kind, f", {role}" if role else "", tone="quiet" if column.role == "left-out" else "")
    yield cell(f"{column.nulls / profile.rows:.1%}" if column.nulls else "0")
    yield cell(f"{column.distinct:,}")
    yield cell(*((sketch(one),) if one.cells else ()))
    if profile.target:
        loud = one.told is not None and one.told > LEAKED
        yield cell("" if one.told is None else f"{one.told:.0%}", tone="bad" if loud else "")
    yield cell(sentence(column.reason))


def sketch(one: ColumnProfile) -> Sketch:
    """Return how a column spreads."""
    most = max(1, *(inside.rows for inside in one.cells))
    heights = tuple(inside.rows / most for inside in one.cells)
    return Sketch(
        heights, f"how {one.column.name} spreads: {', '.join(words(inside) for inside in one.cells)}"
    )


def words(inside: CellProfile) -> str:
    """Return a cell in words."""
    return f"{inside.label}: {inside.rows:,}"


def split_blocks(profile: TableProfile) -> Iterator[Block]:
    """Yield what `init` would hold out."""
    plan = profile.split
    if not profile.target:
        yield Paragraph(
            ("with --target COLUMN: how each column goes with it, and what would be held out",), tone="quiet"
        )
        return
    yield Heading(("The split",))
    if plan is None:
        yield Paragraph(
            ("nothing can be held out: each class or group would be gone from the rows to train on",)
        )
        return
    yield Paragraph(tuple(said_of(plan)))
    yield Paragraph((plan.gate,))
    if plan.classes:
        rows = (
            Row((cell(Foreign(one.name)), cell(f"{one.train:,}"), cell(f"{one.test:,}")))
            for one in plan.classes
        )
        names = ("class", "train", "test")
        yield Table(title="Classes", columns=columns(*names, right=names[1:]), rows=tuple(rows))


def said_of(plan: SplitPlan) -> Iterator[str | Foreign]:
    """Yield a sentence: how many rows are held out, and how they are drawn."""
    about = "" if plan.exact else "about "
    yield f"{about}{plan.test_rows:,} of {counted(plan.train_rows + plan.test_rows, 'row')} would be held out"
    if plan.by == "rows":
        yield ", row by row"
        return
    yield ", all of a " if plan.by == "groups" else ", the latest by "
    yield Foreign(plan.column or "")
    if plan.by == "groups":
        yield " together"
    if plan.test_groups is not None:
        yield f" ({counted(plan.test_groups, 'group' if plan.by == 'groups' else 'time')})"


def column_blocks(one: ColumnProfile, profile: TableProfile, centre: float) -> Iterator[Block]:
    """Yield what is in a column, and the target in each cell of it."""
    yield Heading((Foreign(one.column.name),), level=2)
    yield Paragraph(tuple(facts(one, profile)))
    with_target = any(inside.target for inside in one.cells)
    reach = max(
        (abs(end - centre) for inside in one.cells if inside.target for end in ends(inside)), default=0.0
    )
    most = max(1, *(inside.rows for inside in one.cells))
    unit = target_name(profile)
    names = ("holds", "rows", "", *((unit, "interval") if with_target else ()))
    rows = tuple(Row(tuple(cell_cells(inside, most, with_target, centre, reach))) for inside in one.cells)
    yield Table(title="", columns=columns(*names, right=("rows", unit)), rows=rows)


def ends(inside: CellProfile) -> tuple[float, float]:
    """Return both ends of the target in a cell."""
    return (inside.target.low, inside.target.high) if inside.target else (0.0, 0.0)


def cell_cells(
    inside: CellProfile, most: int, with_target: bool, centre: float, reach: float
) -> Iterator[Cell]:
    """Yield the cells of one row of a column's table."""
    yield cell(Foreign(inside.label))
    yield cell(f"{inside.rows:,}")
    yield cell(Level(inside.rows / most))
    if not with_target:
        return
    found = inside.target
    if found is None:
        yield cell(Own("too few", "quiet"))
        yield cell()
        return
    label = f"{plain(found.estimate)} {interval_text(found, change=False)}"
    yield cell(label)
    yield cell(Bar(interval=found, tone="", label=label, centre=centre, reach=reach))


def facts(one: ColumnProfile, profile: TableProfile) -> Iterator[str | Foreign]:
    """Yield what is said of a column in words."""
    column = one.column
    yield f"{column.kind}, because "
    yield sentence(column.reason)
    yield f"; {counted(column.distinct, 'different value')}"
    if column.nulls:
        yield f"; {counted(column.nulls, 'row')} ({column.nulls / profile.rows:.1%}) without one"
    if one.others:
        yield f"; {counted(one.others, 'row')} of rarer values"
    if one.cuts:
        yield "; "
        yield Foreign(", ".join(f"{value_text(value)} at {share:.0%}" for value, share in one.cuts), 400)
    if one.told is not None:
        yield f"; alone it tells {one.told:.0%} of the target"


def target_name(profile: TableProfile) -> str:
    """Return what the numbers of the target are."""
    if profile.task == "regression":
        return f"mean of {profile.target}"
    return f"share of {profile.positive_class}"


def mean_of_target(profile: TableProfile) -> float:
    """Return the mean of the target over the rows of a column, about which the intervals are drawn."""
    for one in profile.columns:
        pairs = [(inside.target.estimate, inside.rows) for inside in one.cells if inside.target]
        if pairs:
            return sum(value * rows for value, rows in pairs) / max(1, sum(rows for _, rows in pairs))
    return 0.0
