"""Checks on the page of a job: annotations at file and line, and its summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mlgit.host.ci import Annotation
from mlgit.plan.outcome import CheckItem
from mlgit.views import markdown
from mlgit.views.cells import Foreign, Row, Table, cell, columns, sentence
from mlgit.views.escape import block, code

PLACE = re.compile(r"\s*(?P<file>[^\s:][^:]*):(?P<line>[0-9]+): (?P<text>.+)")
MOST = 10
"""GitHub shows ten annotations of a kind for a step."""


def annotations_of(items: Iterable[CheckItem]) -> Iterator[Annotation]:
    """Yield what annotates the checks that failed, the most telling first."""
    for item in items:
        if item.state == "failed":
            yield from item_annotations(item)


def item_annotations(item: CheckItem) -> Iterator[Annotation]:
    """Yield the annotations of one failed check: its places, or the check itself where it names none."""
    title = f"mlgit: {item.name}"
    places = [found for line in item.lines if (found := PLACE.match(line))][:MOST]
    for found in places:
        path, line = found["file"], int(found["line"])
        yield Annotation(level="error", title=title, message=found["text"], path=path, line=line)
    if not places:
        hint = f" Hint: {item.hint}" if item.hint else ""
        yield Annotation(level="error", title=title, message=f"{item.detail}.{hint}")


def summary(items: Iterable[CheckItem]) -> str:
    """Return the checks as Markdown for the summary of the job."""
    items = list(items)
    rows = tuple(
        Row((cell(item.state), cell(item.subject), cell(Foreign(item.name)), cell(sentence(item.detail))))
        for item in items
    )
    table = Table(title="Checks", columns=columns("", "subject", "check", "result"), rows=rows)
    parts = ["### mlgit check", "\n".join(markdown.table_lines(table))]
    for item in items:
        if item.state in ("failed", "not judged"):
            parts += [f"{code(item.name)}:", *[block(item.lines)] * bool(item.lines)]
            parts += [f"Hint: {code(item.hint)}"] if item.hint else []
    return "\n\n".join(parts) + "\n"
