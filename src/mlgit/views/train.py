"""What a training did, as text."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.plan.outcome import TrainResult


def train_lines(result: TrainResult) -> Iterator[str]:
    """Yield one line for each outcome, and what comes next."""
    for outcome in ("ran", "restored", "skipped", "failed", "not reached"):
        runs = [run for run in result.runs if run.outcome == outcome]
        if runs:
            names = ", ".join(f"{run.name} ({run.seconds} s)" if run.seconds else run.name for run in runs)
            why = ": command, parameters and inputs did not change" if outcome == "skipped" else ""
            yield f"{outcome + ':':<9} {names}{why}"
    yield from (f"recorded: {path}" for path in result.records)
    if result.failed:
        yield f"error: {result.complaint or 'the pipeline did not finish'}"
        yield "hint: mend the stage and run mlgit train again; what finished is kept"
    elif result.commit:
        yield f"committed: {result.commit[:12]}"
        yield "next: mlgit register MODEL    a version of it"
    elif any(run.outcome in ("ran", "restored") for run in result.runs):
        yield "next: mlgit compare    what changed; then commit dvc.lock, metrics, predictions and the record"
    else:
        yield "everything is up to date"
