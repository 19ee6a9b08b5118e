"""What changed in the data, in the comment: folded, a piece a table or folder, in the words of `mlgit data diff`."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from mlgit.data.difference import DataDifference
from mlgit.data.difference_handed import shortened
from mlgit.host.document import WEIGHTS, Section
from mlgit.text import counted
from mlgit.views import markdown
from mlgit.views.data_diff import rest_blocks, table_blocks

TITLE = "What changed in the data"
MOST = 20
"""Columns of a table, and files that cannot be read."""


def data_section(report: DataDifference | None) -> Section | None:
    """Return what changed, the rest last; None where nobody looked, or nothing changed."""
    if report is None or not (report.tables or report.errors or report.left_out):
        return None
    pieces = [markdown.render([*table_blocks(shortened(one, MOST))], 1).strip() for one in report.tables]
    rest = markdown.render([*rest_blocks(replace(report, errors=report.errors[:MOST]))]).strip()
    return Section(
        title=TITLE,
        weight=WEIGHTS["data changes"],
        pieces=tuple(pieces),
        tail=f"\n{rest}" if rest else "",
        separator="\n\n",
        folded=True,
        fact=fact(report),
    )


def fact(report: DataDifference) -> str:
    """Return the difference in numbers, without any text of the repository."""
    tables, rows = report.tables, [one.rows for one in report.tables if one.rows and not one.rows.reason]
    counts = Counter(each.state for one in tables for each in one.columns)
    states = [one.state for one in tables]
    kinds = ((state, states.count(state)) for state in dict.fromkeys(states))
    changes = (
        ("row", "added", sum(one.added for one in rows)),
        ("row", "removed", sum(one.removed for one in rows)),
        ("row", "changed", sum(one.changed or 0 for one in rows)),
        ("column", "added", counts["added"]),
        ("column", "removed", counts["removed"]),
        ("column", "of another type", counts["type"]),
        ("column", "moved", sum(one.shifts.moved for one in tables if one.shifts)),
        ("file", "not readable", len(report.errors)),
    )
    said = [f"{number:,} {state}" for state, number in kinds]
    return ", ".join(
        [*said, *(f"{counted(number, word)} {what}" for word, what, number in changes if number)]
    )
