"""The first step of a retraining: read the trigger, decide, and claim what is to be trained."""

from __future__ import annotations

import uuid
from pathlib import Path

from msgspec import Struct

from mlgit.commands.retrain.units import units_at
from mlgit.config.ct import ContinuousTraining
from mlgit.config.model import Configuration
from mlgit.errors import UsageError
from mlgit.git.notebook import GitNotebook, Notebook, Pages
from mlgit.git.repository import Repository
from mlgit.host.job import payload_at
from mlgit.project.change import default_branch_tip
from mlgit.project.project import Project
from mlgit.retraining import trigger as triggers
from mlgit.retraining.decision import Decision, Moment, decide
from mlgit.retraining.handover import Claimed
from mlgit.retraining.ledger import MESSAGE, REF, Answered, Claim, Ledger, answered_page, claim_page
from mlgit.retraining.trigger import Trigger
from mlgit.retraining.unit import Unit
from mlgit.world.context import Context
from mlgit.world.processes import identity, may_run

MARGIN = 15 * 60.0
"""Seconds beside the training itself: setting up, getting the data, pushing, proposing."""


class Wish(Struct, frozen=True, kw_only=True):
    """What is asked for. Empty `event`: that of GITHUB_EVENT_NAME, else a person; `remote` empty: this clone alone."""

    models: tuple[str, ...] = ()
    because: str = ""
    event: str = ""
    payload: Path | None = None
    again: bool = False
    remote: str = "origin"


def claim(context: Context, repository: Repository, wish: Wish, *, dry: bool = False) -> Claimed:
    """Decide what to train at the tip of the default branch, and note it in the ledger unless `dry`.

    Raises `UsageError` for a model that does not exist, an event that is none, a branch that is not there.
    """
    now = context.clock()
    base, branch = default_branch_tip(Project(repository), wish.remote)
    configuration, units = units_at(repository, base, now=now)
    trigger = trigger_of(context, wish)
    check_models(configuration, trigger)
    book = notebook(context, repository, wish.remote)
    return claimed(context, book, configuration, units, trigger, base=base, branch=branch, dry=dry)


def claimed(
    context: Context,
    book: Notebook,
    configuration: Configuration,
    units: tuple[Unit, ...],
    trigger: Trigger,
    *,
    base: str,
    branch: str,
    dry: bool = False,
) -> Claimed:
    """Decide on top of what the ledger says at the very moment it is written."""
    rules = configuration.ct or ContinuousTraining()
    now, mark = context.clock(), uuid.uuid4().hex
    moment = Moment(now=now, holder=holder_of(context), alive=may_run)
    until = now + rules.budget.minutes * 60 + MARGIN
    decided: list[tuple[Decision, dict[str, int]]] = []

    def choose(pages: Pages) -> Pages:
        ledger = Ledger(pages)
        decision = decide(trigger, units, ledger, rules, moment)
        at_work = (*decision.train, *decision.report)
        decided.append(
            (decision, {one.unit.name: ledger.told_by_others(one.unit.name, mark) for one in at_work})
        )
        return pages_of(decision, trigger, moment, mark, until)

    choose(book.pages()) if dry else book.add(choose)
    decision, known = decided[-1]
    return Claimed(
        base=base,
        branch=branch,
        trigger=trigger,
        holder=moment.holder,
        mark=mark,
        at=now,
        until=until,
        minutes=rules.budget.minutes,
        propose=rules.propose,
        train=decision.train,
        skip=decision.skip,
        report=decision.report,
        answered=decision.answered,
        known=known,
    )


def pages_of(
    decision: Decision, trigger: Trigger, moment: Moment, mark: str, until: float
) -> dict[str, bytes]:
    """Return what the ledger is to hold of a decision: the answer to the trigger, and a claim a unit."""
    if decision.answered:
        return {}
    answer = Answered(
        kind=trigger.kind,
        id=trigger.id,
        at=moment.now,
        event=trigger.event,
        because=trigger.because,
        train=tuple(one.unit.name for one in decision.train),
        skip={one.unit: f"{one.because}: {one.text}" for one in decision.skip},
        report=tuple(one.unit.name for one in decision.report),
    )
    pages = answered_page(trigger.key, answer)
    for one in decision.train:
        pages |= claim_page(
            one.unit.work,
            Claim(
                unit=one.unit.name,
                inputs=one.unit.inputs,
                trigger=trigger.key,
                holder=moment.holder,
                mark=mark,
                at=moment.now,
                until=until,
                attempt=one.attempt,
                others=one.others,
                running=one.running,
            ),
        )
    return pages


def notebook(context: Context, repository: Repository, remote: str) -> GitNotebook:
    """Return the ledger of retraining, of the remote where one is named."""
    return GitNotebook(repository, REF, remote=remote, message=MESSAGE, clock=context.clock)


def trigger_of(context: Context, wish: Wish) -> Trigger:
    """Return what asks: the event of a workflow, else the person at the command line."""
    now = context.clock()
    name = wish.event or context.environment.get("GITHUB_EVENT_NAME", "")
    if not name or wish.because or wish.models:
        said = wish.because or "by hand"
        return triggers.by_hand(said, wish.models, identity=uuid.uuid4().hex, at=now, again=wish.again)
    place = wish.payload or context.environment.get("GITHUB_EVENT_PATH")
    payload = payload_at(context.directory / place) if place else {}
    return triggers.of_event(
        name, payload, run=context.environment.get("GITHUB_RUN_ID") or uuid.uuid4().hex, at=now
    )


def check_models(configuration: Configuration, trigger: Trigger) -> None:
    """Raise `UsageError` (`model-unknown`) when a trigger names a model that mlgit.yaml does not."""
    for name in trigger.models:
        if name not in configuration.models:
            known = ", ".join(configuration.models) or "none"
            raise UsageError(
                "model-unknown", f"mlgit.yaml has no model {name[:80]!r}", hint=f"its models are: {known}"
            )


def holder_of(context: Context) -> str:
    """Return who claims: the run of a workflow, which a person may start again, else this process."""
    run = context.environment.get("GITHUB_RUN_ID", "")
    return f"run {run}" if run else identity()
