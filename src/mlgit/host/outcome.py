"""What became of workflows that ran here, as values."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Result = Literal["success", "failure", "skipped", "not run"]


class StepOutcome(Struct, frozen=True, kw_only=True):
    """One step: how it ended, in how many seconds; `tail` holds the last lines of one that failed."""

    name: str
    result: Result
    seconds: float
    tail: tuple[str, ...] = ()


class JobOutcome(Struct, frozen=True, kw_only=True):
    """One job of the file: a job that was skipped or did not run says why."""

    id: str
    name: str
    result: Result
    seconds: float = 0.0
    because: str = ""
    steps: tuple[StepOutcome, ...] = ()
    outputs: dict[str, str] = {}
    notes: Annotated[tuple[str, ...], Meta(description="Warnings, errors and notices for people.")] = ()
    summary: Annotated[str, Meta(description="What the job wrote for its summary, Markdown.")] = ""


class WorkflowOutcome(Struct, frozen=True, kw_only=True):
    """One workflow: every job of its file; `because` says why it did not start."""

    path: str
    name: str
    started: bool
    because: str = ""
    jobs: tuple[JobOutcome, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing failed and every job ran or was skipped by its own condition."""
        return all(job.result in ("success", "skipped") for job in self.jobs)


class RunOutcome(Struct, frozen=True, kw_only=True):
    """Everything that an event started here."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    event: str
    workflows: tuple[WorkflowOutcome, ...]
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every workflow that started is good."""
        return all(workflow.good for workflow in self.workflows)
