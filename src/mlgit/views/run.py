"""What became of workflows that ran here, as text."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.host.outcome import JobOutcome, RunOutcome, WorkflowOutcome

MARKS = {"success": "ok     ", "failure": "FAILED ", "skipped": "skipped", "not run": "NOT RUN"}


def run_lines(outcome: RunOutcome) -> Iterator[str]:
    """Yield a line a job, the steps and last words of what failed, and what was left out and why."""
    for workflow in outcome.workflows:
        yield from workflow_lines(workflow)
    for note in outcome.notes:
        yield f"note: {note}"


def workflow_lines(workflow: WorkflowOutcome) -> Iterator[str]:
    """Yield the lines of one workflow."""
    if not workflow.started:
        yield f"{workflow.name}: does not start: {workflow.because}"
        return
    yield f"{workflow.name}: {'good' if workflow.good else 'NOT GOOD'}"
    width = max((len(job.name) for job in workflow.jobs), default=0)
    for job in workflow.jobs:
        yield from job_lines(job, width)
    for note, jobs in notes_of(workflow).items():
        yield f"  {note} ({', '.join(jobs)})"


def job_lines(job: JobOutcome, width: int) -> Iterator[str]:
    """Yield the lines of one job."""
    tail = f"  {job.because}" if job.because else ""
    took = f"{job.seconds:6.1f} s" if job.steps else " " * 8
    yield f"  {MARKS[job.result]}  {job.name:<{width}}  {took}{tail}".rstrip()
    for step in job.steps:
        if step.result == "failure":
            yield f"           {step.name}"
            yield from (f"             | {line}" for line in step.tail)


def notes_of(workflow: WorkflowOutcome) -> dict[str, list[str]]:
    """Return each note with the jobs that gave it."""
    found: dict[str, list[str]] = {}
    for job in workflow.jobs:
        for note in dict.fromkeys(job.notes):
            found.setdefault(note, []).append(job.name)
    return found
