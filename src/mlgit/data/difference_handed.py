"""What of a difference may leave the machine: without a value of the data, and small enough to be handed over or read. Pure."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from mlgit.data.difference import ColumnShift, DataDifference, TableChange

PLAIN = ("", "mean", "share without a value", "share of other values")
"""What a shift may be of without a value being told."""
MOST_ERRORS = 20
STEPS = (200, 50, 20, 5, 0)


def without_values(report: DataDifference) -> DataDifference:
    """Return a difference without a value of the data: rows by their number, shifts without the rows that they are of.

    Names of columns and files stay, and means and shares of many rows.
    """
    return replace(report, tables=tuple(hidden(one) for one in report.tables))


def hidden(one: TableChange) -> TableChange:
    """Return a table without its values."""
    rows = replace(one.rows, first=()) if one.rows else None
    shifts = one.shifts
    if shifts is not None:
        shifts = replace(shifts, columns=tuple(nameless(each) for each in shifts.columns))
    return replace(one, rows=rows, shifts=shifts)


def nameless(one: ColumnShift) -> ColumnShift:
    """Return a shift without the value, or the range of values, of the rows that it is of."""
    if one.what in PLAIN:
        return one
    return replace(one, what="share of one value" if one.what.startswith("share of ") else "share of a range")


def fitting(report: DataDifference, limit: int) -> DataDifference:
    """Return a difference in at most `limit` bytes of JSON: with fewer lines of each table, then with fewer tables."""
    shorter = report
    for most in STEPS:
        if size(shorter) <= limit:
            return shorter
        shorter = replace(shorter, tables=tuple(shortened(one, most) for one in report.tables))
    shorter = replace(shorter, errors=report.errors[:MOST_ERRORS])
    sizes = [size(one) + 1 for one in shorter.tables]
    room = limit - size(replace(shorter, tables=()))
    kept = 0
    while kept < len(sizes) and sizes[kept] <= room:
        room -= sizes[kept]
        kept += 1
    return replace(
        shorter, tables=shorter.tables[:kept], left_out=report.left_out + len(report.tables) - kept
    )


def size(value: object) -> int:
    """Return the bytes of a value in JSON as it is handed over."""
    return len(msgspec.json.format(msgspec.json.encode(value), indent=2))


def shortened(one: TableChange, most: int) -> TableChange:
    """Return a table with at most so many columns, rows and files, and of the shifts those that moved or were not judged.

    What is left out is counted; of columns that did not move the number is told anyway.
    """
    left = max(0, len(one.columns) - most)
    rows, files, shifts = one.rows, one.files, one.shifts
    if rows is not None:
        left += max(0, len(rows.columns) - most)
        rows = replace(rows, columns=rows.columns[:most], first=rows.first[:most])
    if files is not None:
        files = replace(files, first=files.first[:most])
    if shifts is not None:
        told = [each for each in shifts.columns if each.state == "moved"]
        told += [each for each in shifts.columns if each.state == "not judged"]
        left += max(0, len(told) - most)
        shifts = replace(shifts, columns=tuple(told[:most]))
    return replace(
        one, columns=one.columns[:most], rows=rows, files=files, shifts=shifts, left_out=one.left_out + left
    )
