"""What is over by itself: told once, never while it is there, and anew when it comes back."""

from __future__ import annotations

import pytest

from mlgit.config.ct import ContinuousTraining
from mlgit.jobs.retraining.ledger import (
    Claim,
    Ending,
    Ledger,
    Notice,
    Outcome,
    claim_page,
    notice_page,
    outcome_page,
)
from mlgit.jobs.retraining.recovery import Recovered, recovered, standing
from mlgit.jobs.retraining.unit import Unit, work_of

RULES = ContinuousTraining(max_age_days=30)


def unit(inputs: str = "0", *, stale: bool = False, age: float | None = None) -> Unit:
    why = ("train: new",) if stale else ()
    return Unit(
        name="a", folder="", models=("a",), inputs=f"settings {inputs}", data=inputs, stale=why, age_days=age
    )


class Book:
    """A ledger that is filled by hand; times count from nought."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}

    def training(
        self, ending: Ending, told: float, inputs: str = "1", unit: str = "a", attempt: int = 1
    ) -> Book:
        work, about = work_of(unit, inputs), {"unit": unit, "inputs": inputs, "trigger": "t"}
        claim = Claim(
            **about, attempt=attempt, holder="run 1", mark=f"{told}", at=told - 5, until=told + 3600
        )
        outcome = Outcome(**about, data=inputs, attempt=attempt, ending=ending, seconds=1.0, at=told)
        self.pages |= {**claim_page(work, claim), **outcome_page(work, outcome)}
        return self

    def notice(self, about: str, at: float) -> Book:
        name = Ledger(self.pages).place(f"{about}")
        self.pages |= notice_page(name, Notice(unit="a", about=about, trigger="t", at=at))
        return self

    def settled(self, one: Recovered | None) -> Book:
        assert one is not None
        ledger = Ledger(self.pages)
        pages = tuple(trouble.page for trouble in standing("a", ledger) if trouble.kind in one.kinds)
        notice = Notice(unit="a", about="settled", trigger="t", at=0.0, settles=pages)
        self.pages |= notice_page(f"{len(self.pages)}-settled", notice)
        return self

    def recovered(self, one: Unit | None = None) -> Recovered | None:
        return recovered(one or unit(), Ledger(self.pages), RULES)


def kinds(one: Recovered | None) -> tuple[str, ...]:
    return one.kinds if one is not None else ()


@pytest.mark.parametrize("ending", ["bad-data", "failed", "worse"])
def test_what_a_training_reported_is_over_when_nothing_is_out_of_date(ending: Ending) -> None:
    book = Book().training(ending, 70)
    assert book.recovered(unit(stale=True)) is None
    one = book.recovered()
    assert one is not None
    assert (one.kinds, one.told) == ((ending,), 70)
    assert one.detail.startswith("on 1970-01-01 00:01 UTC it was reported that its ")
    assert book.settled(one).recovered() is None
    assert kinds(book.training(ending, 60, inputs="2").recovered()) == (ending,)


def test_many_things_are_over_at_once_whatever_the_clocks_say() -> None:
    book = Book().training("failed", 900).training("worse", 10, inputs="2").notice("long", 20)
    one = book.recovered()
    assert one is not None
    assert (one.kinds, one.last) == (("failed", "long", "worse"), "failed")
    assert book.settled(one).recovered() is None
    assert kinds(book.training("bad-data", 1, inputs="3").recovered()) == ("bad-data",)


def test_a_later_good_training_leaves_what_it_may_not_have_closed() -> None:
    assert kinds(Book().training("failed", 10).training("proposed", 40, inputs="2").recovered()) == (
        "failed",
    )


def test_others_and_nothing_are_no_cause() -> None:
    assert Book().recovered() is None
    assert Book().training("unchanged", 20).training("proposed", 30, inputs="2").recovered() is None
    assert Book().training("failed", 20, unit="b").recovered() is None
    book = Book()
    book.pages["notices/0001"] = b'{"unit":"a","trigger":"","at":1.0,"url":""}\n'
    assert book.recovered() is None


def test_what_is_as_wrong_as_it_was_is_not_over_and_what_else_was_told_is() -> None:
    book = Book().notice("old", 10)
    assert book.recovered(unit(age=31)) is None
    assert kinds(book.recovered(unit(age=1))) == ("old",)
    book.training("failed", 30)
    assert kinds(book.settled(book.recovered(unit(age=31))).recovered(unit(age=31))) == ()
    assert kinds(book.recovered(unit(age=1))) == ("old",)
    two = Book().training("bad-data", 10).training("bad-data", 20, inputs="2")
    assert (two.recovered(unit("2")), kinds(two.recovered(unit("3")))) == (None, ("bad-data",))
    trained_by_hand = Book().training("bad-data", 10).training("failed", 20, attempt=2)
    assert kinds(trained_by_hand.recovered(unit("1"))) == ("failed",)


def test_a_report_that_is_over_has_another_name_next_time() -> None:
    book = Book().notice("long", 10)
    assert Ledger(book.pages).notice("long") is not None
    book.settled(book.recovered())
    ledger = Ledger(book.pages)
    assert (ledger.notice("long"), ledger.place("long")) == (None, "long-2")
    again = Ledger(book.notice("long", 20).pages)
    assert (again.notice("long") is not None, again.place("long")) == (True, "long-2")
    assert Ledger(book.settled(book.recovered()).pages).place("long") == "long-3"
