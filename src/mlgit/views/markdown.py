"""The bricks of Markdown as GitHub reads it. Text of a repository comes in as `escape.code`."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.text import value_text
from mlgit.views.escape import code


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return the lines of a table; the cells are Markdown already; `right` are the columns aligned right."""
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    return [row_text(header), row_text(rule), *(row_text(row) for row in rows), ""]


def row_text(cells: Sequence[str]) -> str:
    """Return one row."""
    return "| " + " | ".join(cells) + " |"


def value_cell(value: object) -> str:
    """Return a value for a cell: a number or a truth value as it is, anything else as code."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value_text(value)
    return code(value_text(value), 80, cell=True)


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Return a part that opens on a click; `title` is our own words."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "</details>", ""]
