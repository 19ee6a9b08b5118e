"""What changed in the data as blocks: each table or folder, how deep it was looked at, and what was found."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.data.difference import (
    ColumnShift,
    DataDifference,
    RowsDifference,
    Shifts,
    TableChange,
    ValueChange,
)
from mlgit.text import counted, number_text
from mlgit.views.cells import (
    Block,
    Cell,
    Foreign,
    Heading,
    Items,
    Line,
    Own,
    Paragraph,
    Row,
    Table,
    cell,
    columns,
    joined,
    sentence,
    with_hint,
)

DEPTH = {
    "versions": "told by digests alone",
    "files": "told by the lists of files, without the contents",
    "rows": "told by the contents",
}
SIGN = {"added": "+", "removed": "-", "changed": "~", "renamed": "→", "type": "~"}


def difference_blocks(report: DataDifference) -> Iterator[Block]:
    """Yield what differs, table by table, and what could not be read."""
    yield Heading(("Data: ", Foreign(report.base), " → ", Foreign(report.head)), level=1)
    if not report.tables:
        yield Paragraph(("no data changed",))
    for one in report.tables:
        yield from table_blocks(one)
    yield from rest_blocks(report)


def rest_blocks(report: DataDifference) -> Iterator[Block]:
    """Yield what is not told table by table: how many are unchanged or left out, and what could not be read."""
    if report.left_out:
        yield Paragraph((f"{report.left_out:,} more changed: mlgit data diff tells them",), inner=False)
    if report.unchanged:
        yield Paragraph((f"unchanged: {report.unchanged:,}",), "quiet", inner=False)
    if report.errors:
        yield Items(tuple(problem(one.where, one.message, one.hint) for one in report.errors))


def problem(where: str, message: str, hint: str) -> Line:
    """Return a file that cannot be read."""
    place: Line = (Foreign(where), ": ") if where else ()
    return with_hint((Own("not readable: ", "bad"), *place, sentence(message)), hint)


def table_blocks(one: TableChange) -> Iterator[Block]:
    """Yield one table or folder."""
    title = joined([Foreign(one.name), Foreign(one.path)] if one.name else [Foreign(one.path)], ", ")
    yield Heading((*title, f": {one.state}"))
    if one.state in ("changed", "renamed"):
        yield Paragraph((Own(f"{DEPTH[one.looked_at]}", "quiet"), *moved(one)))
    if one.reason:
        yield Paragraph((sentence(one.reason),))
    yield from files_blocks(one)
    if one.columns:
        yield Items(
            tuple(
                (f"{SIGN[each.state]} column ", Foreign(each.column), ": ", *types(each.base, each.head))
                for each in one.columns
            )
        )
    if one.rows is not None and not (one.files and one.files.reason):
        yield from rows_blocks(one.rows)
    if one.shifts is not None:
        yield from shifts_blocks(one.shifts)
    if one.left_out:
        yield Paragraph((f"{counted(one.left_out, 'more column')}: mlgit data diff tells them",), "quiet")


def moved(one: TableChange) -> Line:
    """Say where it was, when it had another path, or was a file and is a folder, or another keeps it."""
    if one.base is None or one.head is None:
        return ()
    path: Line = ("; was ", Foreign(one.base.path)) if one.base.path != one.head.path else ()
    kind = f"; a {one.base.kind} became a {one.head.kind}" if one.base.kind != one.head.kind else ""
    return (*path, kind)


def types(base: str, head: str) -> Line:
    """Return the type of a column, or both."""
    return joined([sentence(one) for one in (base, head) if one], " → ")


def files_blocks(one: TableChange) -> Iterator[Block]:
    """Yield the files of a folder, or why they are not told."""
    files = one.files
    if files is None:
        return
    if files.reason:
        yield Paragraph(with_hint((Own("files: not told, "), sentence(files.reason)), files.hint))
        return
    counts = f"files: {files.base:,} → {files.head:,}: {files.added:,} added, {files.removed:,} removed, "
    yield Paragraph((f"{counts}{files.changed:,} changed, {files.renamed:,} renamed",))
    lines: list[Line] = []
    for each in files.first:
        before: Line = (" was ", Foreign(each.renamed_from)) if each.renamed_from else ()
        lines.append((f"{SIGN[each.state]} ", Foreign(each.path), *before))
    rest = files.added + files.removed + files.changed + files.renamed - len(files.first)
    lines += [(f"... and {rest:,} more",)] if rest else []
    if lines:
        yield Items(tuple(lines))


def rows_blocks(rows: RowsDifference) -> Iterator[Block]:
    """Yield how many rows came, left and changed, with the first of them; or why that is not told."""
    if rows.reason:
        yield Paragraph(with_hint((Own("rows: not told, "), sentence(rows.reason)), rows.hint))
        return
    size = f"rows: {rows.base:,} → {rows.head:,}: {rows.added:,} added, {rows.removed:,} removed"
    changed = "" if rows.changed is None else f", {rows.changed:,} changed"
    way: Line = ("; by the key ", Foreign(rows.key)) if rows.by == "key" else ("; as whole rows",)
    note: Line = (", because ", sentence(rows.note)) if rows.note else ()
    yield Paragraph((size, changed, *way, *note))
    if not rows.differ:
        yield Paragraph(("every value is the same: only the bytes differ",))
    if rows.columns:
        parts = [(Foreign(one.column), f" in {counted(one.rows, 'row')}") for one in rows.columns]
        yield Paragraph(("changed values: ", *joined(parts, ", ")))
    if rows.first:
        yield Items(tuple(row_line(one.state, one.key, one.values) for one in rows.first))


def row_line(state: str, key: str, values: tuple[ValueChange, ...]) -> Line:
    """Return one row by its key, with the values that changed."""
    parts = [(Foreign(one.column), ": ", *value(one.base), " → ", *value(one.head)) for one in values]
    return (f"{SIGN[state]} ", Foreign(key), *((", ", *joined(parts, ", ")) if parts else ()))


def value(text: str | None) -> Line:
    """Return a value; nothing is said as such."""
    return ("no value",) if text is None or not text.strip() else (Foreign(text),)


def shifts_blocks(shifts: Shifts) -> Iterator[Block]:
    """Yield how columns moved; those that are not judged in one line with their reasons."""
    told = [one for one in shifts.columns if one.state != "not judged"]
    what = "came, beside all of the base" if shifts.sample == "added" else "left, beside those that stayed"
    if shifts.judged:
        yield Paragraph(
            (
                f"{shifts.moved} of {counted(shifts.judged, 'column')} moved, in the {counted(shifts.rows, 'row')} that {what} "
                f"({shifts.beside:,}); at most 5 % of such claims are expected to be false",
            )
        )
    if told:
        names = ("column", "state", "what", "base", "head", "effect", f"{told[0].level or 0.0:.1%} interval")
        yield Table(
            title="shifts",
            columns=columns(*names, right=names[3:]),
            rows=tuple(shift_row(one) for one in told),
        )
    reasons: dict[str, list[ColumnShift]] = {}
    for one in shifts.columns:
        if one.state == "not judged":
            reasons.setdefault(one.reason, []).append(one)
    lines: list[Line] = [
        ("not judged: ", *joined([Foreign(one.column) for one in group], ", "), ": ", sentence(reason))
        for reason, group in reasons.items()
    ]
    if lines:
        yield Items(tuple(lines))


def shift_row(one: ColumnShift) -> Row:
    """Return a column with its effect: in standard deviations of a mean, in points of a share."""
    mean = one.what == "mean"
    low, high = scaled(one.low, mean=mean), scaled(one.high, mean=mean)
    cells: tuple[Cell, ...] = (
        cell(Foreign(one.column)),
        cell(Own(one.state, "warn" if one.state == "moved" else "")),
        cell(Foreign(one.what, sentence=True)),
        cell(plain(one.base, mean=mean)),
        cell(plain(one.head, mean=mean)),
        cell(f"{scaled(one.effect, mean=mean)}{' SD' if mean else ' points'}"),
        cell(f"{low} to {high}"),
    )
    return Row(cells)


def plain(number: float | None, *, mean: bool) -> str:
    """Return a mean, or a share in percent."""
    return "" if number is None else number_text(number) if mean else f"{number:.1%}"


def scaled(number: float | None, *, mean: bool) -> str:
    """Return an effect with its sign: standard deviations, or points of a share."""
    return "" if number is None else f"{number:+.2f}" if mean else f"{100 * number:+.1f}"
