"""A retraining as text."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.jobs.retraining.decision import Report
from mlgit.jobs.retraining.handoff import Lease, Result, Retrained
from mlgit.jobs.retraining.notices import Overdue, TooLong
from mlgit.text import visible
from mlgit.views.escape import block

LONGEST = 1000
"""Characters of a line: what a training handed over may be of any length."""


def retrain_lines(result: Retrained) -> Iterator[str]:
    """Yield what was decided and why, and what came of it."""
    lease = result.lease
    lines = [
        f"asked for by {lease.trigger.cause} at {lease.base[:12]} of {lease.branch}",
        *decided_lines(lease, dry=result.dry),
    ]
    lines += map(result_line, result.results)
    for done in result.conclusions:
        place = f": {done.url}" if done.url else ""
        lines.append(f"{done.job}: {done.ending}: {done.text}{place}")
        lines += [f"  {note}" for note in done.notes]
    yield from (visible(line, LONGEST) for line in lines)


def summary(result: Retrained) -> str:
    """Return what was decided and what came of it as Markdown for the summary of the job."""
    return f"### mlgit retrain\n\n{block(retrain_lines(result), LONGEST)}\n"


def result_line(result: Result) -> str:
    """Return what came of one training before anybody judged it."""
    what = "bad data" if result.ending == "bad-data" else result.ending
    spent = f" in {result.seconds:.1f} s" if result.ending in ("trained", "unchanged") else ""
    verdict = f", gates {result.verdict}" if result.verdict != "none" else ""
    detail = f": {result.detail}" if result.detail else ""
    return f"{result.job}: {what}{spent}{verdict}{detail}"


def report_line(report: Report, *, dry: bool) -> str:
    """Return what is told of a model that is not trained."""
    name, verb = report.job.name, "would be reported" if dry else "reported"
    if isinstance(report, Overdue):
        return f"{name}: not trained (nothing stale), {verb} (too old): {report.detail}"
    if isinstance(report, TooLong):
        return f"{name}: {verb} (too long): {report.detail}"
    return f"{name}: its issues {'would' if dry else 'will'} be closed (up to date): {report.detail}"


def decided_lines(lease: Lease, *, dry: bool) -> Iterator[str]:
    """Yield what is trained, what is not, and what is only reported."""
    if lease.answered:
        yield "this trigger was answered before: nothing to train"
    for skip in lease.skip:
        yield f"{skip.job}: not trained ({skip.because}): {skip.text}"
    for report in lease.report:
        yield report_line(report, dry=dry)
    for one in lease.train:
        guess = one.estimate
        expected = f", {guess.minutes:.1f} minutes expected from {guess.origin}" if guess is not None else ""
        verb = "would be trained" if dry else "has to be trained"
        group = f" with the group {one.job.group}" if one.job.group else ""
        yield f"{one.job.name}: {verb}{group} (attempt {one.attempt}{expected}) because {one.job.stale[0]}"
