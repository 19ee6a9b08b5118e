"""Decide what of a repository to train for a trigger, and say why the rest is not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import Literal

from msgspec import Struct

from mlgit.config.ct import ContinuousTraining
from mlgit.retraining.ledger import FINAL, Attempt, Ledger
from mlgit.retraining.ledger import moment as in_words
from mlgit.retraining.trigger import Trigger
from mlgit.retraining.unit import Unit

Because = Literal[
    "another model",
    "nothing stale",
    "claimed",
    "done before",
    "cool-down",
    "runs of the day",
    "minutes",
]
REMEMBERED = 5
"""So many of the last trainings tell how long the next one takes."""
HOUR = 3600.0


class Skip(Struct, frozen=True, kw_only=True):
    """A unit that is not trained: the reason as a slug, and in words."""

    unit: str
    because: Because
    text: str


class Assignment(Struct, frozen=True, kw_only=True):
    """A unit to train; `estimate` is in seconds, None without a history; `attempt` counts from 1."""

    unit: Unit
    cause: str
    attempt: int
    estimate: float | None = None

    @property
    def branch(self) -> str:
        """The branch on which it is proposed."""
        return self.unit.branch(self.cause)


class Decision(Struct, frozen=True, kw_only=True):
    """What to train, and what not. `answered`: this trigger was answered before, so nothing new is decided."""

    train: tuple[Assignment, ...] = ()
    skip: tuple[Skip, ...] = ()
    answered: bool = False


class Moment(Struct, frozen=True, kw_only=True):
    """Who decides, and when. `alive` tells whether a holder that is not this one may still be at work."""

    now: float
    holder: str
    alive: Callable[[str], bool]


def decide(
    trigger: Trigger, units: Iterable[Unit], ledger: Ledger, rules: ContinuousTraining, moment: Moment
) -> Decision:
    """Return what to train for a trigger: what is out of date, was not tried with these inputs, and is within the budget.

    A trigger that was answered before is taken up again only where its training was cut off.
    """
    answer = ledger.answered(trigger.key)
    skips: list[Skip] = []
    wanted: list[Assignment] = []
    for unit in units:
        because = hindrance(trigger, unit, ledger, rules, moment)
        if answer is not None and unit.name not in answer.train:
            continue
        if because is not None:
            skips.append(because)
        else:
            wanted.append(assignment(trigger, unit, ledger))
    if answer is not None and not wanted:
        return Decision(answered=True)
    train, over = within_budget(wanted, ledger, rules, moment)
    return Decision(train=train, skip=(*skips, *over))


def hindrance(
    trigger: Trigger, unit: Unit, ledger: Ledger, rules: ContinuousTraining, moment: Moment
) -> Skip | None:
    """Return why a unit is not trained whatever the budget, None when nothing stands in the way."""
    if trigger.models and not set(trigger.models) & set(unit.models):
        return skip(unit, "another model", f"it is about {', '.join(trigger.models)}")
    if not unit.stale:
        age = f"; it is {unit.age_days:.0f} days old" if too_old(unit, rules) else ""
        return skip(unit, "nothing stale", f"nothing is out of date: training would make the same model{age}")
    last = ledger.last(unit.work)
    if last is not None and is_held(last, moment):
        return skip(
            unit, "claimed", f"{last.claim.holder} trains it, at most until {in_words(last.claim.until)}"
        )
    again = trigger.again or last is None or last.outcome is None or last.outcome.ending not in FINAL
    if last is not None and last.outcome is not None and not again:
        said = " ".join(
            part for part in (last.outcome.ending, last.outcome.url or last.outcome.detail) if part
        )
        return skip(
            unit, "done before", f"it was trained with these inputs on {in_words(last.claim.at)}: {said}"
        )
    return cool_down(trigger, unit, ledger, rules, moment)


def is_held(attempt: Attempt, moment: Moment) -> bool:
    """Tell whether somebody else is still at work: a claim ends by its outcome, by time, and with its holder."""
    claim = attempt.claim
    if attempt.outcome is not None or claim.until <= moment.now:
        return False
    return claim.holder != moment.holder and moment.alive(claim.holder)


def cool_down(
    trigger: Trigger, unit: Unit, ledger: Ledger, rules: ContinuousTraining, moment: Moment
) -> Skip | None:
    """Return why it is too early; a person, an old model and a training that was cut off need not wait."""
    last, cut_off = ledger.last_training(unit.name), ledger.last(unit.work)
    if last is None or trigger.kind == "hand" or trigger.again or too_old(unit, rules):
        return None
    if cut_off is not None and cut_off.outcome is None:
        return None
    over = last + rules.cool_down_hours * HOUR
    if moment.now >= over:
        return None
    return skip(
        unit,
        "cool-down",
        f"it was trained {hours(moment.now - last)} ago; the next may start {in_words(over)}",
    )


def within_budget(
    wanted: list[Assignment], ledger: Ledger, rules: ContinuousTraining, moment: Moment
) -> tuple[tuple[Assignment, ...], tuple[Skip, ...]]:
    """Return what the budget lets start, the oldest model first, and what it does not.

    A job that was cut off and starts again costs a run like any other.
    """
    limit, spent = rules.budget.minutes * 60.0, len(ledger.jobs_on_day(moment.now))
    if spent >= rules.budget.runs_a_day:
        text = f"{spent} of {rules.budget.runs_a_day} trainings of this day have started"
        return (), tuple(skip(one.unit, "runs of the day", text) for one in wanted)
    train: list[Assignment] = []
    over: list[Skip] = []
    left = limit
    for one in sorted(wanted, key=lambda one: (-(one.unit.age_days or 0.0), one.unit.name)):
        expected = one.estimate or 0.0
        if expected > left:
            text = f"{expected / 60:.0f} minutes are expected from its history, {left / 60:.0f} of {limit / 60:.0f} are left"
            over.append(skip(one.unit, "minutes", text))
            continue
        left -= expected
        train.append(one)
    return tuple(train), tuple(over)


def assignment(trigger: Trigger, unit: Unit, ledger: Ledger) -> Assignment:
    """Return the next attempt at a unit."""
    last = ledger.last(unit.work)
    durations = ledger.durations(unit.name)[-REMEMBERED:]
    return Assignment(
        unit=unit,
        cause=trigger.cause,
        attempt=last.claim.attempt + 1 if last else 1,
        estimate=median(durations) if durations else None,
    )


def too_old(unit: Unit, rules: ContinuousTraining) -> bool:
    """Tell whether a model is older than mlgit.yaml wants."""
    return rules.max_age_days is not None and (unit.age_days or 0.0) > rules.max_age_days


def skip(unit: Unit, because: Because, text: str) -> Skip:
    """Return a skip."""
    return Skip(unit=unit.name, because=because, text=text)


def hours(seconds: float) -> str:
    """Return a stretch of time in words."""
    return f"{seconds / HOUR:.1f} hours"
