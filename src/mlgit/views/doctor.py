"""Findings of the doctor as text."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.plan.outcome import Finding


def doctor_text(findings: Iterable[Finding]) -> str:
    """Return one line a finding, and under each that is not well the command that mends it."""
    lines = []
    for finding in findings:
        lines.append(
            f"{'ok     ' if finding.good else 'not ok '}  {finding.name:<16}{finding.detail}".rstrip()
        )
        if not finding.good:
            lines.append(f"         hint: {finding.hint}")
    return "".join(f"{line}\n" for line in lines)
