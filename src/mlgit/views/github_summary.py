"""Checks where GitHub Actions shows them: annotations at file and line, and the summary of the job.

Workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mlgit.plan.outcome import CheckItem
from mlgit.views import markdown
from mlgit.views.cells import Foreign, Row, Table, cell, columns, sentence
from mlgit.views.escape import block, code

PLACE = re.compile(r"\s*(?P<file>[^\s:][^:]*):(?P<line>[0-9]+): (?P<text>.+)")
MOST = 10
"""GitHub shows ten annotations of a kind for a step."""


def annotation_text(items: Iterable[CheckItem]) -> str:
    """Return the workflow commands that annotate what failed, the most telling first."""
    return "".join(f"{line}\n" for item in items if item.state == "failed" for line in item_annotations(item))


def item_annotations(item: CheckItem) -> Iterator[str]:
    """Yield the annotations of one failed check: its places, or the check itself where it names none."""
    title = property_text(f"mlgit: {item.name}")
    places = [found for line in item.lines if (found := PLACE.match(line))][:MOST]
    for found in places:
        yield f"::error file={property_text(found['file'])},line={found['line']},title={title}::{message_text(found['text'])}"
    if not places:
        hint = f" Mend with: {item.hint}" if item.hint else ""
        yield f"::error title={title}::{message_text(item.detail + '.' + hint)}"


def message_text(text: str) -> str:
    """Return a text that ends no workflow command and starts none."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_text(text: str) -> str:
    """Return a text as the value of a property of a workflow command."""
    return message_text(text).replace(":", "%3A").replace(",", "%2C")


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
        if item.state == "failed":
            parts += [f"{code(item.name)}:", *[block(item.lines)] * bool(item.lines)]
            parts += [f"Mend with: {code(item.hint)}"] if item.hint else []
    return "\n\n".join(parts) + "\n"
