"""How long a training will take, told from those before it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

from msgspec import Struct

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
