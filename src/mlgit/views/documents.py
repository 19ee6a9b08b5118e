"""What the documents that mlgit writes on a forge share: comments, pull requests, issues."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.host.document import ADDRESS, Section
from mlgit.views import markdown
from mlgit.views.cells import Table

LONGEST = 400
"""Characters of a text that a job handed over."""
SHORT = 12
"""Digits of a digest or commit."""


def table_section(table: Table, weight: int, *, above: str = "", folded: bool = False) -> Section | None:
    """Return a table as a section, each row a piece that may be left out; None without rows."""
    if not table.rows:
        return None
    head, rule, *rows = markdown.table_lines(table)
    head = f"{above}\n\n{head}\n{rule}" if above else f"{head}\n{rule}"
    return Section(title=table.title, weight=weight, head=head, pieces=tuple(rows), folded=folded)


def list_section(title: str, weight: int, lines: Iterable[str]) -> Section:
    """Return lines of Markdown as a section, each an item of its list and a piece that may be left out."""
    return Section(title=title, weight=weight, pieces=tuple(f"- {line}" for line in lines))


def run_text(address: str) -> str:
    """Return by which run; nothing of what is no address."""
    return f", in [this run]({address})" if ADDRESS.fullmatch(address.partition("#")[0]) else ""
