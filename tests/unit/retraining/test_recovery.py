"""What is over by itself: told once, never while it is there, and never for what a later training found."""

from __future__ import annotations

import pytest

from mlgit.config.ct import ContinuousTraining
from mlgit.retraining.ledger import (
    Claim,
    Ending,
    Ledger,
    Notice,
    Outcome,
    Told,
    claim_page,
    notice_page,
    outcome_page,
)
from mlgit.retraining.recovery import Recovered, recovered
from mlgit.retraining.unit import Unit

RULES = ContinuousTraining(max_age_days=30)


def unit(*, stale: bool = False, age: float | None = None) -> Unit:
    return Unit(
        name="a", folder="", models=("a",), inputs="1", stale=("train: new",) if stale else (), age_days=age
    )


class Book:
    """A ledger that is filled by hand; times count from nought."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}

    def training(self, ending: Ending, claimed: float, ended: float, unit: str = "a") -> Book:
        work, mark = f"{len(self.pages):032x}", f"mark {len(self.pages)}"
        about = {"unit": unit, "inputs": work, "trigger": "t", "attempt": 1}
        claim = Claim(**about, holder="run 1", mark=mark, at=claimed, until=claimed + 3600)
        outcome = Outcome(**about, ending=ending, seconds=1.0, at=ended)
        self.pages |= {**claim_page(work, claim), **outcome_page(work, outcome)}
        return self

    def notice(self, about: Told, at: float) -> Book:
        name = f"{len(self.pages):032x}-{about}"
        self.pages |= notice_page(name, Notice(unit="a", about=about, trigger="t", at=at))
        return self

    def close(self, one: Recovered | None, at: float) -> Book:
        assert one is not None
        self.pages |= notice_page(one.name, Notice(unit="a", about="recovered", trigger="t", at=at))
        return self

    def recovered(self, one: Unit | None = None) -> Recovered | None:
        return recovered(one or unit(), Ledger(self.pages), RULES)


@pytest.mark.parametrize("ending", ["bad-data", "failed", "worse"])
def test_what_a_training_reported_is_over_when_nothing_is_out_of_date(ending: Ending) -> None:
    book = Book().training(ending, 10, 70)
    assert book.recovered(unit(stale=True)) is None
    one = book.recovered()
    assert one is not None
    assert (one.told, one.old, one.detail.endswith(" on 1970-01-01 00:01 UTC")) == (70, False, True)
    assert book.close(one, 80).recovered() is None
    assert book.training(ending, 90, 95).recovered() is not None


@pytest.mark.parametrize("ending", ["proposed", "committed"])
def test_a_later_training_that_is_good_closed_it_itself(ending: Ending) -> None:
    assert Book().training("failed", 10, 20).training(ending, 30, 40).recovered() is None
    assert Book().training("failed", 30, 35).training(ending, 10, 40).recovered() is not None


def test_one_that_came_to_its_end_after_the_closing_is_closed_anew() -> None:
    book = Book().training("bad-data", 10, 20).training("bad-data", 15, 60)
    first = Book().training("bad-data", 10, 20)
    assert book.close(first.recovered(), 40).recovered() is not None


def test_others_and_nothing_are_no_cause() -> None:
    assert Book().recovered() is None
    assert Book().training("unchanged", 10, 20).recovered() is None
    assert Book().training("failed", 10, 20, unit="b").recovered() is None
    old_page = b'{"unit":"a","trigger":"","at":1.0,"url":""}\n'
    book = Book()
    book.pages["notices/0001"] = old_page
    assert book.recovered() is None


def test_a_training_that_was_too_long_is_over_when_somebody_trained_by_hand() -> None:
    one = Book().notice("long", 10).recovered()
    assert one is not None
    assert one.detail.startswith("its training would have taken too long on ")


def test_a_model_that_is_still_too_old_is_not_over_and_what_else_was_wrong_is() -> None:
    book = Book().notice("old", 10)
    assert book.recovered(unit(age=31)) is None
    young = book.recovered(unit(age=1))
    assert (young is not None, young is not None and young.old) == (True, False)
    one = book.training("failed", 20, 30).recovered(unit(age=31))
    assert one is not None
    assert (one.old, one.detail.startswith("its pipeline failed")) == (True, True)
