"""What is over by itself: told once, never while it is there, and anew when it comes back."""

from __future__ import annotations

import pytest

from mlgit.config.ct import ContinuousTraining
from mlgit.jobs.retraining.job import Job
from mlgit.jobs.retraining.ledger import (
    Claim,
    Ending,
    Ledger,
    Notice,
    Outcome,
    attempt_name,
    entry,
)
from mlgit.jobs.retraining.notices import Recovered, recovered, standing

RULES = ContinuousTraining(max_age_days=30)


def job(inputs: str = "0", *, stale: bool = False, age: float | None = None) -> Job:
    why = ("train: new",) if stale else ()
    return Job(
        name="a", folder="", models=("a",), inputs=f"settings {inputs}", data=inputs, stale=why, age_days=age
    )


class Book:
    """A ledger that is filled by hand; times count from nought."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}

    def training(
        self, ending: Ending, told: float, inputs: str = "1", job: str = "a", attempt: int = 1
    ) -> Book:
        about = {"job": job, "inputs": inputs, "trigger": "t"}
        claim = Claim(
            **about, attempt=attempt, holder="run 1", mark=f"{told}", at=told - 5, until=told + 3600
        )
        outcome = Outcome(**about, data=inputs, attempt=attempt, ending=ending, seconds=1.0, at=told)
        self.entries |= {
            **entry(f"claims/{attempt_name(claim)}", claim),
            **entry(f"outcomes/{attempt_name(outcome)}", outcome),
        }
        return self

    def notice(self, about: str, at: float) -> Book:
        name = Ledger(self.entries).place(f"{about}")
        self.entries |= entry(f"notices/{name}", Notice(job="a", about=about, trigger="t", at=at))
        return self

    def settled(self, one: Recovered | None) -> Book:
        assert one is not None
        ledger = Ledger(self.entries)
        entries = tuple(finding.entry for finding in standing("a", ledger) if finding.kind in one.kinds)
        notice = Notice(job="a", about="settled", trigger="t", at=0.0, settles=entries)
        self.entries |= entry(f"notices/{len(self.entries)}-settled", notice)
        return self

    def recovered(self, one: Job | None = None) -> Recovered | None:
        return recovered(one or job(), Ledger(self.entries), RULES)


def kinds(one: Recovered | None) -> tuple[str, ...]:
    return one.kinds if one is not None else ()


@pytest.mark.parametrize("ending", ["bad-data", "failed", "worse"])
def test_what_a_training_reported_is_over_when_nothing_is_out_of_date(ending: Ending) -> None:
    log = Book().training(ending, 70)
    assert log.recovered(job(stale=True)) is None
    one = log.recovered()
    assert one is not None
    assert (one.kinds, one.at) == ((ending,), 70)
    assert one.detail.startswith("on 1970-01-01 00:01 UTC it was reported that its ")
    assert log.settled(one).recovered() is None
    assert kinds(log.training(ending, 60, inputs="2").recovered()) == (ending,)


def test_many_things_are_over_at_once_whatever_the_clocks_say() -> None:
    log = Book().training("failed", 900).training("worse", 10, inputs="2").notice("long", 20)
    one = log.recovered()
    assert one is not None
    assert (one.kinds, one.last) == (("failed", "long", "worse"), "failed")
    assert log.settled(one).recovered() is None
    assert kinds(log.training("bad-data", 1, inputs="3").recovered()) == ("bad-data",)


def test_a_later_good_training_leaves_what_it_may_not_have_closed() -> None:
    assert kinds(Book().training("failed", 10).training("proposed", 40, inputs="2").recovered()) == (
        "failed",
    )


def test_others_and_nothing_are_no_cause() -> None:
    assert Book().recovered() is None
    assert Book().training("unchanged", 20).training("proposed", 30, inputs="2").recovered() is None
    assert Book().training("failed", 20, job="b").recovered() is None
    log = Book()
    log.entries["notices/0001"] = b'{"unit":"a","trigger":"","at":1.0,"url":""}\n'
    assert log.recovered() is None


def test_what_is_as_wrong_as_it_was_is_not_over_and_what_else_was_told_is() -> None:
    log = Book().notice("old", 10)
    assert log.recovered(job(age=31)) is None
    assert kinds(log.recovered(job(age=1))) == ("old",)
    log.training("failed", 30)
    assert kinds(log.settled(log.recovered(job(age=31))).recovered(job(age=31))) == ()
    assert kinds(log.recovered(job(age=1))) == ("old",)
    two = Book().training("bad-data", 10).training("bad-data", 20, inputs="2")
    assert (two.recovered(job("2")), kinds(two.recovered(job("3")))) == (None, ("bad-data",))
    trained_by_hand = Book().training("bad-data", 10).training("failed", 20, attempt=2)
    assert kinds(trained_by_hand.recovered(job("1"))) == ("failed",)


def test_a_report_that_is_over_has_another_name_next_time() -> None:
    log = Book().notice("long", 10)
    assert Ledger(log.entries).notice("long") is not None
    log.settled(log.recovered())
    ledger = Ledger(log.entries)
    assert (ledger.notice("long"), ledger.place("long")) == (None, "long-2")
    again = Ledger(log.notice("long", 20).entries)
    assert (again.notice("long") is not None, again.place("long")) == (True, "long-2")
    assert Ledger(log.settled(log.recovered()).entries).place("long") == "long-3"
