"""Checks as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlgit.plan.outcome import CheckItem

MARKS = {"passed": "passed ", "failed": "FAILED ", "skipped": "skipped"}


def check_text(items: Iterable[CheckItem]) -> str:
    """Return one line a check, the details of what failed, and the command that mends it."""
    return "".join(f"{line}\n" for item in items for line in item_lines(item))


def item_lines(item: CheckItem) -> Iterator[str]:
    """Yield the lines of one check."""
    yield f"{MARKS[item.state]}  {item.subject:<6} {item.name}: {item.detail}"
    for line in item.lines:
        yield f"           {line}"
    if item.hint:
        yield f"         hint: {item.hint}"
