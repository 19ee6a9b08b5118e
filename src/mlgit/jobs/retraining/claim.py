"""The first step of a retraining: read the trigger, decide, and claim what is to be trained."""

from __future__ import annotations

import uuid
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from mlgit.config.ct import ContinuousTraining
from mlgit.config.model import Configuration
from mlgit.git.repository import Repository
from mlgit.host.choose import ci_of
from mlgit.jobs.retraining import trigger as triggers
from mlgit.jobs.retraining.available import jobs_at
from mlgit.jobs.retraining.decision import Decision, Moment, decide
from mlgit.jobs.retraining.handoff import Lease
from mlgit.jobs.retraining.job import Job
from mlgit.jobs.retraining.ledger import MESSAGE, REF, Answered, Claim, Ledger, attempt_name, entry
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.project.change import default_branch_tip
from mlgit.project.project import Project
from mlgit.refs.log import Entries, Log, RefLog
from mlgit.world.context import Context
from mlgit.world.processes import identity, may_run

MARGIN = 15 * 60.0
"""Seconds beside the training itself: setting up, getting the data, pushing, proposing."""


class Request(Struct, frozen=True, kw_only=True):
    """What is asked for. Empty `event`: that of the job, else a person; `remote` empty: this clone alone."""

    models: tuple[str, ...] = ()
    because: str = ""
    event: str = ""
    payload: Path | None = None
    again: bool = False
    remote: str = "origin"


def claim(context: Context, repository: Repository, request: Request, *, dry: bool = False) -> Lease:
    """Decide what to train at the tip of the default branch, and note it in the ledger unless `dry`.

    Raises `UsageError` for a model that does not exist, an event that is none, a branch that is not there.
    """
    now = context.clock()
    base, branch = default_branch_tip(Project(repository), request.remote)
    configuration, jobs = jobs_at(repository, base, now=now)
    trigger = trigger_of(context, request)
    for name in trigger.models:
        configuration.model(name)
    log = ledger_log(context, repository, request.remote)
    return leased(context, log, configuration, jobs, trigger, base=base, branch=branch, dry=dry)


def leased(
    context: Context,
    log: Log,
    configuration: Configuration,
    jobs: tuple[Job, ...],
    trigger: Trigger,
    *,
    base: str,
    branch: str,
    dry: bool = False,
) -> Lease:
    """Decide on top of what the ledger says at the very moment it is written."""
    rules = configuration.ct or ContinuousTraining()
    now, mark = context.clock(), uuid.uuid4().hex
    moment = Moment(now=now, holder=holder_of(context), alive=may_run)
    own = sum(job.budget or 0 for job in jobs)
    until = now + (rules.budget.minutes + own) * 60 + MARGIN
    decided: list[tuple[Decision, dict[str, int]]] = []

    def choose(entries: Entries) -> Entries:
        ledger = Ledger(entries)
        decision = decide(trigger, jobs, ledger, rules, moment)
        at_work = (*decision.train, *decision.report)
        decided.append(
            (decision, {one.job.name: ledger.noted_by_others(one.job.name, mark) for one in at_work})
        )
        return entries_of(decision, trigger, moment, mark, until)

    choose(log.entries()) if dry else log.append(choose)
    decision, known = decided[-1]
    return Lease(
        base=base,
        branch=branch,
        trigger=trigger,
        holder=moment.holder,
        mark=mark,
        at=now,
        until=until,
        minutes=rules.budget.minutes,
        propose=rules.propose,
        known=known,
        **asdict(decision),
    )


def entries_of(
    decision: Decision, trigger: Trigger, moment: Moment, mark: str, until: float
) -> dict[str, bytes]:
    """Return what the ledger is to hold of a decision: the answer to the trigger, and a claim a job."""
    if decision.answered:
        return {}
    answer = Answered(
        kind=trigger.kind,
        id=trigger.id,
        at=moment.now,
        event=trigger.event,
        because=trigger.because,
        train=tuple(one.job.name for one in decision.train),
        skip={one.job: f"{one.because}: {one.text}" for one in decision.skip},
        report=tuple(one.job.name for one in decision.report),
    )
    entries = entry(f"triggers/{trigger.key}", answer)
    for one in decision.train:
        claim = Claim(
            job=one.job.name,
            inputs=one.job.inputs,
            trigger=trigger.key,
            holder=moment.holder,
            mark=mark,
            at=moment.now,
            until=until,
            attempt=one.attempt,
            others=one.others,
            running=one.running,
        )
        entries |= entry(f"claims/{attempt_name(claim)}", claim)
    return entries


def ledger_log(context: Context, repository: Repository, remote: str) -> RefLog:
    """Return the ledger of retraining, of the remote where one is named."""
    return RefLog(repository, REF, remote=remote, message=MESSAGE, clock=context.clock)


def trigger_of(context: Context, request: Request) -> Trigger:
    """Return what asks: the event of a workflow, else the person at the command line."""
    now, ci = context.clock(), ci_of(context)
    name = request.event or ci.event
    if not name or request.because or request.models:
        text = request.because or "by hand"
        return triggers.by_hand(text, request.models, identity=uuid.uuid4().hex, at=now, again=request.again)
    return triggers.of_event(name, ci.payload(request.payload), run=ci.run or uuid.uuid4().hex, at=now)


def holder_of(context: Context) -> str:
    """Return who claims: the run of a workflow, which a person may start again, else this process."""
    run = ci_of(context).run
    return f"run {run}" if run else identity()
