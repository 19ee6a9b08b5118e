"""Decide what of a repository to train for a trigger, and say why the rest is not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from mlgit.config.ct import ContinuousTraining
from mlgit.jobs.retraining.job import Estimate, Job, estimated
from mlgit.jobs.retraining.ledger import FINAL, Attempt, Ledger, Notice, outcome_path
from mlgit.jobs.retraining.notices import (
    Overdue,
    Recovered,
    TooLong,
    days_text,
    overdue,
    recovered,
    too_long,
    too_old,
)
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.text import moment_text

Because = Literal[
    "another model",
    "nothing stale",
    "claimed",
    "done before",
    "cool-down",
    "runs of the day",
    "minutes",
]
HOUR = 3600.0
Report = Overdue | TooLong | Recovered
"""What a person is told of a model that is not trained: by an issue, or by closing those that are open."""


class Skip(Struct, frozen=True, kw_only=True):
    """A job that is not trained: the reason as a slug, and in words."""

    job: str
    because: Because
    text: str


class Assignment(Struct, frozen=True, kw_only=True):
    """A job to train; `estimate` is None without a history, `attempt` counts from 1.

    `limit_days` is set where the model is older than that. `others` and `running` are what the ledger tells of other inputs.
    """

    job: Job
    cause: str
    attempt: int
    estimate: Estimate | None = None
    limit_days: int | None = None
    others: int = 0
    running: tuple[str, ...] = ()

    @property
    def branch(self) -> str:
        """The branch on which it is proposed."""
        return self.job.branch(self.cause)


class Decision(Struct, frozen=True, kw_only=True):
    """What to train, what not, and what only to report.

    `answered`: this trigger was answered before, so nothing new is to be trained.
    """

    train: tuple[Assignment, ...] = ()
    skip: tuple[Skip, ...] = ()
    report: tuple[Report, ...] = ()
    answered: bool = False


class Moment(Struct, frozen=True, kw_only=True):
    """Who decides, and when. `alive` tells whether a holder that is not this one may still be at work."""

    now: float
    holder: str
    alive: Callable[[str], bool]


def decide(
    trigger: Trigger, jobs: Iterable[Job], ledger: Ledger, rules: ContinuousTraining, moment: Moment
) -> Decision:
    """Return what to train for a trigger: what is out of date, was not tried with these inputs, and is within the budget.

    What was tried with these inputs and is final is not tried again. A trigger that was answered before is taken up
    again only where its training was cut off; what nobody was told yet is reported all the same.
    """
    answer = ledger.answered(trigger.key)
    skips: list[Skip] = []
    candidates: list[Assignment] = []
    report: list[Report] = []
    for job in jobs:
        is_meant = not trigger.models or not set(trigger.models).isdisjoint(job.models)
        good = recovered(job, ledger, rules) if is_meant else None
        if good is not None:
            report.append(good)
        old = overdue(job, rules) if is_meant else None
        if old is not None and ledger.notice(old.name) is None:
            report.append(old)
            continue
        because = reason_to_skip(trigger, job, ledger, rules, moment, is_meant=is_meant)
        long = too_long(job, expected(job, ledger), rules) if because is None else None
        if long is not None and ledger.notice(long.name) is None:
            report.append(long)
        if answer is not None and job.name not in answer.train:
            continue
        if because is not None:
            skips.append(because)
        else:
            candidates.append(assignment(trigger, job, ledger, rules))
    if answer is not None and not candidates:
        return Decision(answered=True, report=tuple(report))
    train, over = within_budget(candidates, ledger, rules, moment)
    return Decision(train=train, skip=(*skips, *over), report=tuple(report))


def reason_to_skip(
    trigger: Trigger, job: Job, ledger: Ledger, rules: ContinuousTraining, moment: Moment, *, is_meant: bool
) -> Skip | None:
    """Return why a job is not trained whatever the budget, None when nothing stands in the way."""
    if not is_meant:
        return Skip(job=job.name, because="another model", text=f"it is about {', '.join(trigger.models)}")
    if not job.stale:
        text = f"nothing is out of date: training would make the same model{reported_age(job, ledger, rules)}"
        return Skip(job=job.name, because="nothing stale", text=text)
    last = ledger.last(job.work)
    if last is not None and is_held(last, moment):
        return Skip(
            job=job.name,
            because="claimed",
            text=f"{last.claim.holder} trains it, at most until {moment_text(last.claim.until)}",
        )
    if last is not None and last.outcome is not None and is_final(last, ledger) and not trigger.again:
        text = " ".join(
            part for part in (last.outcome.ending, last.outcome.url or last.outcome.detail) if part
        )
        return Skip(
            job=job.name,
            because="done before",
            text=f"it was trained with these inputs on {moment_text(last.claim.at)}: {text}",
        )
    return cool_down(trigger, job, ledger, rules, moment)


def reported_age(job: Job, ledger: Ledger, rules: ContinuousTraining) -> str:
    """Return how old a model is and when that was reported; nothing of one that is young enough."""
    old = overdue(job, rules)
    notice = ledger.notice(old.name) if old is not None else None
    return (
        ""
        if notice is None
        else f"; it is {days_text(job.age_days or 0.0)} old, which was {reported(notice)}"
    )


def reported(notice: Notice) -> str:
    """Return when and where something was reported."""
    place = f": {notice.url}" if notice.url else ""
    return f"reported on {moment_text(notice.at)}{place}"


def is_final(attempt: Attempt, ledger: Ledger) -> bool:
    """Tell whether training the same again is of no use.

    It is of use after a failure, when what was told of it is over, and when other inputs were tried since: what came of
    those stands in the pull request, the issue or the model now.
    """
    done = attempt.outcome
    if done is None or done.ending not in FINAL or outcome_path(attempt) in ledger.settled:
        return False
    claim = attempt.claim
    return claim.others is None or claim.others == ledger.tried_otherwise(
        claim.job, claim.inputs, but=claim.running
    )


def is_held(attempt: Attempt, moment: Moment) -> bool:
    """Tell whether somebody else is still at work: a claim ends by its outcome, by time, and with its holder."""
    claim = attempt.claim
    if attempt.outcome is not None or claim.until <= moment.now:
        return False
    return claim.holder != moment.holder and moment.alive(claim.holder)


def cool_down(
    trigger: Trigger, job: Job, ledger: Ledger, rules: ContinuousTraining, moment: Moment
) -> Skip | None:
    """Return why it is too early; a person, an old model and a training that was cut off need not wait."""
    last, cut_off = ledger.last_training(job.name), ledger.last(job.work)
    if last is None or trigger.kind == "hand" or trigger.again or too_old(job, rules):
        return None
    if cut_off is not None and cut_off.outcome is None:
        return None
    over = last + rules.cool_down_hours * HOUR
    if moment.now >= over:
        return None
    return Skip(
        job=job.name,
        because="cool-down",
        text=f"it was trained {(moment.now - last) / HOUR:.1f} hours ago; the next may start {moment_text(over)}",
    )


def within_budget(
    candidates: list[Assignment], ledger: Ledger, rules: ContinuousTraining, moment: Moment
) -> tuple[tuple[Assignment, ...], tuple[Skip, ...]]:
    """Return what the budget lets start, the oldest model first, and what it does not.

    A job that was cut off and starts again costs a run like any other.
    """
    limit, spent = rules.budget.minutes * 60.0, len(ledger.runs_on_day(moment.now))
    if spent >= rules.budget.runs_a_day:
        text = f"{spent} of {rules.budget.runs_a_day} trainings of this day have started"
        return (), tuple(Skip(job=one.job.name, because="runs of the day", text=text) for one in candidates)
    train: list[Assignment] = []
    over: list[Skip] = []
    left = limit
    for one in sorted(candidates, key=lambda one: (-(one.job.age_days or 0.0), one.job.name)):
        guess, own = one.estimate, one.job.budget
        allowed = left if own is None else own * 60.0
        if guess is not None and guess.seconds > allowed:
            whole = limit if own is None else allowed
            left_over = f"{allowed / 60:.0f} of {whole / 60:.0f} are left"
            text = f"{guess.minutes:.0f} minutes are expected from {guess.origin}, {left_over}"
            long = too_long(one.job, guess, rules)
            notice = ledger.notice(long.name) if long is not None else None
            reported_before = (
                f"; that is more than all, which was {reported(notice)}" if notice is not None else ""
            )
            over.append(Skip(job=one.job.name, because="minutes", text=text + reported_before))
            continue
        left -= guess.seconds if guess is not None and own is None else 0.0
        train.append(one)
    return tuple(train), tuple(over)


def assignment(trigger: Trigger, job: Job, ledger: Ledger, rules: ContinuousTraining) -> Assignment:
    """Return the next attempt at a job."""
    last = ledger.last(job.work)
    return Assignment(
        job=job,
        cause=trigger.cause,
        attempt=last.claim.attempt + 1 if last else 1,
        estimate=expected(job, ledger),
        limit_days=rules.max_age_days if too_old(job, rules) else None,
        others=ledger.tried_otherwise(job.name, job.inputs),
        running=ledger.running(job.name),
    )


def expected(job: Job, ledger: Ledger) -> Estimate | None:
    """Return how long the training of a job will take, None without a history."""
    return estimated(ledger.durations(job.name), job.past)
