"""A model that is good again without a training of ours: what was wrong with it is gone, and its issues may be closed.

New data are taken back, or somebody trains by hand and commits: nothing is out of date then, no retraining comes that
could close what was reported. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from mlgit.config.ct import ContinuousTraining
from mlgit.retraining.age import overdue
from mlgit.retraining.ledger import Ledger
from mlgit.retraining.ledger import moment as in_words
from mlgit.retraining.unit import Unit, name_of

GOOD = ("proposed", "committed")
"""Endings of trainings that close the issues of a model themselves."""
BAD = {
    "bad-data": "its data were wrong",
    "failed": "its pipeline failed",
    "worse": "its new model failed the gates",
    "old": "it was too old",
    "long": "its training would have taken too long",
}


class Trouble(Struct, frozen=True, kw_only=True):
    """Something that was told of a model: what, under which name in the ledger, when it began and when it was told."""

    kind: str
    name: str
    began: float
    told: float


class Recovered(Struct, frozen=True, kw_only=True, tag_field="about", tag="recovered"):
    """A model that is up to date, and of which the last thing that was told is that something was wrong.

    `trouble` names it in the ledger, `old` says that the model is still too old.
    """

    unit: Unit
    trouble: str
    what: str
    told: float
    old: bool

    @property
    def name(self) -> str:
        """The name of its notice in the ledger: once for what was wrong."""
        return f"{name_of(self.unit.name, self.trouble)}-recovered"

    @property
    def detail(self) -> str:
        """The reason in words."""
        return f"{self.what} on {in_words(self.told)}"


def recovered(unit: Unit, ledger: Ledger, rules: ContinuousTraining) -> Recovered | None:
    """Return what to close of a model, None when it is out of date, or nothing is open about it that could be closed."""
    if unit.stale:
        return None
    old = overdue(unit, rules) is not None
    left = [one for one in open_troubles(unit.name, ledger) if not (old and one.kind == "old")]
    if not left:
        return None
    last = max(left, key=lambda one: one.told)
    return Recovered(unit=unit, trouble=last.name, what=BAD[last.kind], told=last.told, old=old)


def open_troubles(unit: str, ledger: Ledger) -> Iterator[Trouble]:
    """Yield what was told of a model since it was last proposed, and since its issues were last closed.

    A training that was claimed earlier knows nothing of what was wrong later, whenever either came to its end.
    """
    ended = [one for one in ledger.of_unit(unit) if one.outcome is not None]
    good = [one.claim.at for one in ended if one.outcome is not None and one.outcome.ending in GOOD]
    closed = [one.at for one in ledger.notices_of(unit).values() if one.about == "recovered"]
    for one in troubles(unit, ledger):
        if one.began > max(good, default=-1.0) and one.told > max(closed, default=-1.0):
            yield one


def troubles(unit: str, ledger: Ledger) -> Iterator[Trouble]:
    """Yield everything that was told of a model."""
    for one in ledger.of_unit(unit):
        if one.outcome is not None and one.outcome.ending in BAD:
            outcome = one.outcome
            yield Trouble(kind=outcome.ending, name=one.claim.mark, began=one.claim.at, told=outcome.at)
    for name, notice in ledger.notices_of(unit).items():
        if notice.about in BAD:
            yield Trouble(kind=notice.about, name=name, began=notice.at, told=notice.at)
