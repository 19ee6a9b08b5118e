"""A retraining as text."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.jobs.retraining.age import Overdue
from mlgit.jobs.retraining.decision import Report
from mlgit.jobs.retraining.handoff import Claimed, Retrained
from mlgit.jobs.retraining.length import TooLong
from mlgit.text import visible

LONGEST = 1000
"""Characters of a line: what a training handed over may be of any length."""


def retrain_text(result: Retrained) -> str:
    """Return what was decided and why, and what came of it."""
    claimed = result.claimed
    lines = [
        f"asked for by {claimed.trigger.cause} at {claimed.base[:12]} of {claimed.branch}",
        *decided_lines(claimed, dry=result.dry),
    ]
    for done in result.concluded:
        place = f": {done.url}" if done.url else ""
        lines.append(f"{done.unit}: {done.ending}: {done.text}{place}")
        lines += [f"  {note}" for note in done.notes]
    return "".join(f"{visible(line, LONGEST)}\n" for line in lines)


def report_line(report: Report, *, dry: bool) -> str:
    """Return what is told of a model that is not trained."""
    name, verb = report.unit.name, "would be reported" if dry else "reported"
    if isinstance(report, Overdue):
        return f"{name}: not trained (nothing stale), {verb} (too old): {report.detail}"
    if isinstance(report, TooLong):
        return f"{name}: {verb} (too long): {report.detail}"
    return f"{name}: its issues {'would' if dry else 'will'} be closed (up to date): {report.detail}"


def decided_lines(claimed: Claimed, *, dry: bool) -> Iterator[str]:
    """Yield what is trained, what is not, and what is only reported."""
    if claimed.answered:
        yield "this trigger was answered before: nothing to train"
    for skip in claimed.skip:
        yield f"{skip.unit}: not trained ({skip.because}): {skip.text}"
    for report in claimed.report:
        yield report_line(report, dry=dry)
    for one in claimed.train:
        guess = one.estimate
        expected = f", {guess.minutes:.1f} minutes expected from {guess.origin}" if guess is not None else ""
        verb = "would be trained" if dry else "trained"
        yield f"{one.unit.name}: {verb} (attempt {one.attempt}{expected}) because {one.unit.stale[0]}"
