"""What act tells while it runs, turned into the outcome of every job, and told on to a person."""

from __future__ import annotations

import re
from collections import deque

from mlgit.host.github.workflows.act import Event, event_of
from mlgit.host.github.workflows.workflow import Job, Workflow
from mlgit.host.outcome import JobOutcome, Result, StepOutcome, WorkflowOutcome
from mlgit.world.context import Context

TAIL = 25
SKIPPED = re.compile(r"Skipping job '.*?' due to '(?P<condition>.*)'\Z", re.DOTALL)
NO_RUNNER = "Skipping unsupported platform"
RESULTS: dict[str, Result] = {"success": "success", "failure": "failure", "skipped": "skipped"}
LEVELS = ("error", "warning", "notice")


class JobLog:
    """One job while it runs."""

    def __init__(self, job: Job, started: float) -> None:
        self.job = job
        self.started = started
        self.steps: list[StepOutcome] = []
        self.tail: deque[str] = deque(maxlen=TAIL)
        self.notes: list[str] = []
        self.outputs: dict[str, str] = {}
        self.summary = ""

    def outcome(self, result: Result, now: float, because: str = "") -> JobOutcome:
        """Return what became of the job."""
        return JobOutcome(
            id=self.job.id,
            name=self.job.name,
            result=result,
            seconds=round(now - self.started, 1),
            because=because,
            steps=tuple(self.steps),
            outputs=dict(self.outputs),
            notes=tuple(self.notes),
            summary=self.summary,
        )


class RunLog:
    """One workflow while it runs. What is kept of it holds no secret."""

    def __init__(self, context: Context, workflow: Workflow) -> None:
        self._context = context
        self._workflow = workflow
        self._jobs: dict[str, JobLog] = {}
        self._done: dict[str, JobOutcome] = {}
        self.other_lines: deque[str] = deque(maxlen=TAIL)

    def line(self, line: str) -> None:
        """Take one line of act."""
        event = event_of(line)
        if event is None:
            self.other_lines.append(self._context.redact(line))
            return
        job = self._workflow.job(event.job)
        if job is None:
            return
        log = self._jobs.setdefault(job.id, JobLog(job, self._context.clock()))
        if event.job_result:
            self.finish_job(log, event)
        elif NO_RUNNER in event.text:
            self._done[job.id] = log.outcome(
                "not run", self._context.clock(), f"there is no runner for {', '.join(job.labels)}"
            )
        else:
            self.take(log, event)

    def take(self, log: JobLog, event: Event) -> None:
        """Take an event of a job that runs."""
        if event.raw:
            log.tail.append(self._context.redact(event.text.rstrip("\n")))
        elif event.command in LEVELS:
            log.notes.append(f"{event.command}: {self._context.redact(event.argument)}")
        elif event.command == "set-output" and len(event.step) == 1:
            log.outputs[event.key] = self._context.redact(event.argument)
        elif event.command == "summary":
            log.summary += self._context.redact(event.argument)
        elif len(event.step) == 1 and event.stage == "Main":
            if event.step_result:
                self.finish_step(log, event)
            elif event.text.lstrip().startswith("⭐"):
                log.tail.clear()
                self._context.console.progress(f"{self._workflow.name} · {log.job.name}: {event.name}")

    def finish_step(self, log: JobLog, event: Event) -> None:
        """Close a step."""
        result = RESULTS.get(event.step_result, "failure")
        tail = tuple(log.tail) if result == "failure" else ()
        name = event.name.partition("\n")[0]
        seconds = round(event.seconds, 1)
        log.steps.append(StepOutcome(name=name, result=result, seconds=seconds, tail=tail))
        log.tail.clear()
        if result == "skipped":
            return
        said = "" if result == "success" else "FAILED "
        self._context.console.say(f"{said}{self._workflow.name} · {log.job.name}: {name} ({seconds} s)")

    def finish_job(self, log: JobLog, event: Event) -> None:
        """Close a job."""
        result = RESULTS.get(event.job_result, "failure")
        earlier = self._done.get(log.job.id)
        if earlier is not None and earlier.result in ("failure", "not run"):
            # Of a matrix every part ends: one that failed is not made good by another.
            result = earlier.result
        skipped = SKIPPED.search(event.text)
        because = (
            self.why_skipped(log.job, skipped["condition"] if skipped else "") if result == "skipped" else ""
        )
        self._done[log.job.id] = log.outcome(result, self._context.clock(), because)

    def why_skipped(self, job: Job, condition: str) -> str:
        """Return why a job was skipped, in words."""
        unwell = [name for name in job.needs if name in self._done and self._done[name].result != "success"]
        if not condition or condition == "success()":
            return f"{', '.join(unwell) or 'what it needs'} did not succeed"
        return f"its condition is not met: {condition}"

    def outcome(self, chosen: str | None) -> WorkflowOutcome:
        """Return what became of every job of the file; `chosen` is the one that was asked for."""
        jobs = []
        for job in self._workflow.jobs:
            done = self._done.get(job.id)
            if done is None and job.id in self._jobs:
                done = self._jobs[job.id].outcome(
                    "failure", self._context.clock(), "it did not come to its end"
                )
            if done is None and chosen and job.id not in needed(self._workflow, chosen):
                done = JobOutcome(id=job.id, name=job.name, result="skipped", because="it was not asked for")
            if done is None:
                done = JobOutcome(id=job.id, name=job.name, result="not run", because="act did not start it")
            jobs.append(done)
        return WorkflowOutcome(
            path=self._workflow.path, name=self._workflow.name, started=True, jobs=tuple(jobs)
        )


def needed(workflow: Workflow, chosen: str) -> set[str]:
    """Return a job and all that it needs, directly or not."""
    found, waiting = set[str](), [chosen]
    while waiting:
        name = waiting.pop()
        job = workflow.job(name)
        if job is not None and name not in found:
            found.add(name)
            waiting.extend(job.needs)
    return found
