"""What can be trained by itself: one pipeline with the models it makes, as it stands at a commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from statistics import median
from typing import Literal

from msgspec import Struct


class Job(Struct, frozen=True, kw_only=True):
    """A pipeline and its models.

    `name` is that of its first model. `stale` says why each stage that may have to run is out of date, empty when the
    model is what training would make again. `inputs` is a digest of everything the training would read: two trainings
    with the same inputs make the same model. `tables` are those of mlgit.yaml that it reads, `data` is a digest of them
    and of their schemas. `made` is the commit that last changed its dvc.lock, `age_days` how long ago that was; both
    are told only where the age counts. `past` are the seconds of its last trainings by their records, the oldest first.
    `budget` are the minutes that it has for itself, None where it shares those of `ct.budget`. `group` is that of
    `ct.groups` with which it is proposed, empty where it is proposed alone.
    """

    name: str
    folder: str
    models: tuple[str, ...]
    inputs: str
    stale: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    data: str = ""
    age_days: float | None = None
    made: str = ""
    past: tuple[float, ...] = ()
    budget: int | None = None
    group: str = ""

    @property
    def work(self) -> str:
        """The name of this piece of work in the ledger."""
        return name_of(self.name, self.inputs)

    def branch(self, cause: str) -> str:
        """Return the branch on which a retraining for a cause is proposed."""
        return f"mlgit/retrain/{self.group or self.name}-{cause}"


def name_of(*parts: str) -> str:
    """Return the name of an entry of the ledger for what these texts tell apart, together."""
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def inputs_digest(contents: Mapping[str, str]) -> str:
    """Return one digest of everything a training reads; `contents` maps a path to the name of its content."""
    lines = "".join(f"{path}\0{name}\n" for path, name in sorted(contents.items()))
    return sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


REMEMBERED = 5
"""So many of the last trainings tell how long the next one takes."""


class Estimate(Struct, frozen=True, kw_only=True):
    """The seconds that a training will take: the median of the last `count`, from the ledger or from their records."""

    seconds: float
    count: int
    source: Literal["ledger", "records"]

    @property
    def minutes(self) -> float:
        """The same in minutes."""
        return self.seconds / 60

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        what = "retraining" if self.source == "ledger" else "recorded training"
        return f"its last {what}" if self.count == 1 else f"its last {self.count} {what}s"


def estimated(ledger: Sequence[float], records: Sequence[float]) -> Estimate | None:
    """Return what to expect from the seconds of earlier trainings, the oldest first; None without any.

    Those of the ledger were trained as the next one will be. The records tell of trainings by hand, and are asked only
    where the ledger knows none.
    """
    if ledger:
        return Estimate(
            seconds=median(ledger[-REMEMBERED:]), count=len(ledger[-REMEMBERED:]), source="ledger"
        )
    if records:
        return Estimate(
            seconds=median(records[-REMEMBERED:]), count=len(records[-REMEMBERED:]), source="records"
        )
    return None
