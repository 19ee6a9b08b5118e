"""A model that is up to date although something was wrong with it: what was told is over, and its issues may be closed.

New data are taken back, or somebody trains by hand and commits: nothing is out of date then, and no retraining comes that
could close what was reported. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from mlgit.config.ct import ContinuousTraining
from mlgit.jobs.retraining.age import overdue
from mlgit.jobs.retraining.ledger import Ledger, notice_name, outcome_name
from mlgit.jobs.retraining.ledger import moment as in_words
from mlgit.jobs.retraining.unit import Unit

BAD = {
    "bad-data": "its data were wrong",
    "failed": "its pipeline failed",
    "worse": "its new model failed the gates",
    "old": "it was too old",
    "long": "its training would have taken too long",
}
"""What can be told of a model, by its kind: that of an outcome or of a notice."""


class Trouble(Struct, frozen=True, kw_only=True):
    """Something that was told of a model: on which page of the ledger it stands, when, of which data if of a training."""

    kind: str
    page: str
    told: float
    data: str = ""


class Recovered(Struct, frozen=True, kw_only=True, tag_field="about", tag="recovered"):
    """A model that is up to date, and of which something was told that is over now.

    `kinds` are those that may be closed, `last` is the kind that was told last, at `told`.
    """

    unit: Unit
    kinds: tuple[str, ...]
    last: str
    told: float

    @property
    def detail(self) -> str:
        """The reason in words."""
        return f"on {in_words(self.told)} it was reported that {BAD[self.last]}"


def recovered(unit: Unit, ledger: Ledger, rules: ContinuousTraining) -> Recovered | None:
    """Return what is over of a model, None when it is out of date or nothing was told that is not settled."""
    if unit.stale:
        return None
    told = tuple(standing(unit.name, ledger))
    held = {one.kind for one in told if holds(one, unit, rules)}
    left = [one for one in told if one.kind not in held]
    if not left:
        return None
    last = max(left, key=lambda one: one.told)
    return Recovered(
        unit=unit,
        kinds=tuple(sorted({one.kind for one in left})),
        last=last.kind,
        told=last.told,
    )


def holds(one: Trouble, unit: Unit, rules: ContinuousTraining) -> bool:
    """Tell whether something is as wrong as it was: the model is too old, or was trained on the wrong data by hand."""
    if one.kind == "old":
        return overdue(unit, rules) is not None
    return one.kind == "bad-data" and one.data == unit.data


def standing(unit: str, ledger: Ledger) -> Iterator[Trouble]:
    """Yield what was told of a model and is not settled."""
    return (one for one in troubles(unit, ledger) if one.page not in ledger.settled)


def troubles(unit: str, ledger: Ledger) -> Iterator[Trouble]:
    """Yield everything that was ever told of a model."""
    for one in ledger.of_unit(unit):
        done = one.outcome
        if done is not None and done.ending in BAD:
            yield Trouble(kind=done.ending, page=outcome_name(one), told=done.at, data=done.data)
    for name, notice in ledger.notices_of(unit).items():
        if notice.about in BAD:
            yield Trouble(kind=notice.about, page=notice_name(name), told=notice.at)
