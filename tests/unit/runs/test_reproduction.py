"""The verdict on two trainings: bytes first, then metrics, and never metrics where the lock itself is in doubt."""

from __future__ import annotations

import pytest

from mlgit.metrics.reading import ABSENT, Reading
from mlgit.runs.described import Step
from mlgit.runs.reproduction import Compared, Reproduction, in_order, judged
from mlgit.runs.statement import Descriptor

BARE = Reproduction(commit="c" * 40, pipeline=".", models=("m",), verdict="not reproduced", tolerance=0.01)
STEPS = (
    Step(name="evaluate", inputs=("model", "data/a/x"), outputs=("metrics.json",)),
    Step(name="train", inputs=("data/a/x",), outputs=("model",)),
    Step(name="prepare", inputs=("raw",), outputs=("data/a",)),
)


def described(**digests: str) -> tuple[Descriptor, ...]:
    names = {"data": "data/a", "model": "model", "metrics": "metrics.json"}
    return tuple(
        Descriptor(
            name=names[key], digest={"md5": value * 32},
            annotations={"mlgit_kind": "metrics" if key == "metrics" else "output"},
        )
        for key, value in digests.items()
    )  # fmt: skip


def metrics(value: object) -> Reading:
    return Reading(state="read", values={"auc": value})


def compared(made: tuple[Descriptor, ...], old: Reading, new: Reading) -> Compared:
    committed = described(data="1", model="2", metrics="3")
    return Compared(steps=STEPS, committed=committed, made=made, metrics={"metrics.json": (old, new)})


def test_the_same_bytes_are_enough() -> None:
    found = compared(described(data="1", model="2", metrics="3"), ABSENT, ABSENT)
    verdict = judged(BARE, found, covered=False)
    assert verdict.verdict == "reproduced"
    assert (verdict.differences, verdict.other) == ((), ())
    assert verdict.same == ("data/a", "model", "metrics.json")


@pytest.mark.parametrize(
    ("old", "new", "covered", "verdict"),
    [
        (metrics(0.900), metrics(0.905), True, "reproduced within the tolerance"),
        (metrics(0.900), metrics(0.950), True, "not reproduced"),
        (metrics(0.900), metrics(0.900), False, "not reproduced"),
        (metrics(0.900), metrics(None), True, "not reproduced"),
        (metrics(0.900), Reading(state="read", values={}), True, "not reproduced"),
        (metrics(0.900), ABSENT, True, "not reproduced"),
        (ABSENT, metrics(0.900), True, "not reproduced"),
        (metrics("NaN"), metrics("NaN"), True, "reproduced within the tolerance"),
        (Reading(state="read", values={}), Reading(state="read", values={}), True, "not reproduced"),
    ],
)
def test_where_bytes_differ_metrics_decide(old: Reading, new: Reading, covered: bool, verdict: str) -> None:
    found = compared(described(data="1", model="f", metrics="3"), old, new)
    told = judged(BARE, found, covered=covered)
    assert told.verdict == verdict
    assert told.other == ("model",)
    assert bool(told.differences) == (verdict == "not reproduced")
    if told.differences:
        assert told.differences[0].path == ("model" if covered else "dvc.lock")


def test_an_output_that_does_not_come_out_is_no_matter_of_tolerance() -> None:
    found = compared(described(data="1", metrics="3"), metrics(0.9), metrics(0.9))
    told = judged(BARE, found, covered=True)
    assert told.verdict == "not reproduced"
    assert (told.differences[0].path, told.differences[0].text) == ("model", "it did not come out")


def test_the_first_difference_is_the_one_that_was_made_first() -> None:
    found = compared(described(data="f", model="f", metrics="f"), metrics(1.0), metrics(2.0))
    told = judged(BARE, found, covered=True)
    assert [one.path for one in told.differences] == ["data/a", "model", "metrics.json", "metrics.json"]
    assert told.differences[-1].text == "auc is 1.0 but came out 2.0 (+1)"


def test_stages_that_read_from_each_other_end_nothing() -> None:
    circle = (Step(name="a", inputs=("y",), outputs=("x",)), Step(name="b", inputs=("x",), outputs=("y",)))
    assert in_order(circle, ["y", "x", "z"]) == ["x", "y", "z"]
