"""Checks where GitHub Actions shows them: annotations at file and line, and the summary of the job.

Workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mlgit.plan.outcome import CheckItem
from mlgit.text import visible
from mlgit.views.escape import BACKTICKS, code
from mlgit.views.markdown import table

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
    rows = [
        [item.state, item.subject, code(item.name, cell=True), code(item.detail, cell=True)] for item in items
    ]
    lines = ["### mlgit check", "", *table(["", "subject", "check", "result"], rows), ""]
    for item in items:
        if item.state == "failed":
            lines += [f"{code(item.name)}:", "", *block(item.lines), ""]
            lines += [f"Mend with: {code(item.hint)}", ""] if item.hint else []
    return "\n".join(lines) + "\n"


def block(lines: Iterable[str]) -> list[str]:
    """Return lines as they are in a block of code that none of them can end."""
    shown = [visible(line) for line in lines]
    longest = max((len(run) for line in shown for run in BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + "text", *shown, fence] if shown else []
