"""Checks, and findings of the doctor, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlgit.plan.outcome import CheckItem, Finding

MARKS = {"passed": "passed ", "failed": "FAILED ", "skipped": "skipped", "not judged": "open   "}


def check_lines(items: Iterable[CheckItem]) -> Iterator[str]:
    """Yield one line a check, the details of what failed, and the command that mends it."""
    for item in items:
        yield f"{MARKS[item.state]}  {item.subject:<6} {item.name}: {item.detail}"
        yield from (f"           {line}" for line in item.lines)
        if item.hint:
            yield f"         hint: {item.hint}"


def doctor_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield one line a finding, and under each that is not well the command that mends it."""
    for finding in findings:
        yield f"{'ok     ' if finding.good else 'not ok '}  {finding.name:<16}{finding.detail}".rstrip()
        if not finding.good:
            yield f"         hint: {finding.hint}"
