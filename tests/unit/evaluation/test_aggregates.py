"""Rules about numbers of metrics files: as they stand, and as means over seeds."""

from __future__ import annotations

from typing import Any

import pytest

from mlgit.evaluation.aggregates import Number, decide_point, decide_seeds, number
from mlgit.evaluation.rules import open_findings
from mlgit.metrics.direction import Direction
from mlgit.metrics.reading import ABSENT, Reading, not_available, unreadable
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import Verdict
from tests.unit.evaluation.predictions_of import one_of, rule_of

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED


def asked(confidence: float = 0.95, **keys: Any) -> Finding:
    return one_of(open_findings("latency", rule_of(**keys), confidence))


def read(**values: Any) -> Reading:
    return Reading(state="read", values=values)


@pytest.mark.parametrize(
    ("keys", "base", "head", "direction", "verdict"),
    [
        ({"max": 5.0}, 4.0, 5.0, "lower", PASS),
        ({"max": 5.0}, 4.0, 5.1, "lower", FAIL),
        ({"max": 5.0}, None, 4.0, "unknown", PASS),
        ({"min": 5.0}, 4.0, 5.0, "lower", PASS),
        ({"min": 5.0}, 4.0, 4.9, "higher", FAIL),
        ({"no_worse_than": {"margin": 1.0}}, 4.0, 5.0, "lower", PASS),
        ({"no_worse_than": {"margin": 1.0}}, 4.0, 5.5, "lower", FAIL),
        ({"no_worse_than": {"margin": 1.0}}, 4.0, 3.0, "higher", PASS),
        ({"no_worse_than": {"margin": 1.0}}, 4.0, 2.5, "higher", FAIL),
        ({"no_worse_than": {}}, None, 2.5, "higher", UNDECIDED),
        ({"no_worse_than": {}}, 4.0, 4.5, "unknown", UNDECIDED),
        ({"better_than": {"margin": 1.0}}, 4.0, 3.0, "lower", FAIL),
        ({"better_than": {"margin": 1.0}}, 4.0, 2.9, "lower", PASS),
    ],
)
def test_a_number_as_it_stands(
    keys: dict[str, Any], base: float | None, head: float, direction: Direction, verdict: Verdict
) -> None:
    found = decide_point(
        asked(mode="point", **keys), Number(value=base, reason="lost"), Number(value=head), direction
    )
    assert (found.verdict, found.mode, found.base, found.head) == (verdict, "point", base, head)
    assert found.decided is None


@pytest.mark.parametrize(("elsewhere", "verdict"), [(False, FAIL), (True, UNDECIDED)])
@pytest.mark.parametrize("seeds", [False, True])
def test_a_number_that_the_head_lacks_is_a_fail_unless_it_lies_elsewhere(
    elsewhere: bool, verdict: Verdict, seeds: bool
) -> None:
    lost = Number(reason="there is no m.json", hint="mlgit train", open=elsewhere)
    there = Number(value=1.0)
    found = (
        decide_seeds(asked(min=0.5, seeds=["a", "b"]), [there, there], [there, lost], "higher")
        if seeds
        else decide_point(asked(min=0.5, mode="point"), there, lost, "higher")
    )
    assert (found.verdict, found.reason, found.hint) == (
        verdict,
        "the head: there is no m.json",
        "mlgit train",
    )


@pytest.mark.parametrize(
    ("keys", "head", "verdict"),
    [
        ({"min": 0.8}, [0.90, 0.91, 0.92], UNDECIDED),
        ({"min": 0.8}, [0.70, 0.71, 0.72], FAIL),
        ({"min": 0.8}, [0.70, 0.80, 0.95], UNDECIDED),
        ({"max": 0.8}, [0.70, 0.71, 0.72], UNDECIDED),
        ({"no_worse_than": {"margin": 0.05}}, [0.90, 0.91, 0.92], UNDECIDED),
        ({"no_worse_than": {"margin": 0.05}}, [0.70, 0.71, 0.72], FAIL),
        ({"better_than": {}}, [0.95, 0.96, 0.97], UNDECIDED),
        ({"better_than": {}}, [0.91, 0.90, 0.92], UNDECIDED),
        ({"better_than": {}}, [0.89, 0.90, 0.91], UNDECIDED),
    ],
)
def test_a_mean_over_seeds(keys: dict[str, Any], head: list[float], verdict: Verdict) -> None:
    base = [Number(value=one) for one in (0.90, 0.89, 0.91)]
    found = decide_seeds(
        asked(seeds=["a", "b", "c"], **keys), base, [Number(value=one) for one in head], "higher"
    )
    assert (found.verdict, found.mode, found.items) == (verdict, "seeds", 3)
    assert found.decided is not None
    assert (found.decided.level, found.decided.items) == (pytest.approx(0.9), 3)


def test_seeds_decide_at_the_confidence_of_the_rule() -> None:
    head = [Number(value=one) for one in (0.80, 0.82, 0.84)]
    sure, unsure = (
        decide_seeds(asked(one, min=0.845, seeds=["a", "b", "c"]), head, head, "higher")
        for one in (0.9, 0.99)
    )
    assert (sure.verdict, unsure.verdict) == (FAIL, UNDECIDED)


def test_seeds_of_a_base_that_lacks_some_and_of_no_direction_are_open() -> None:
    there, lost = Number(value=0.9), Number(reason="lost")
    rule = {"no_worse_than": {"margin": 0.05}, "seeds": ["a", "b"]}
    fewer = decide_seeds(asked(**rule), [there, lost], [there, Number(value=0.91)], "higher")
    assert (fewer.verdict, fewer.reason.partition("; ")[2]) == (UNDECIDED, "the base lacks some of the files")
    unknown = decide_seeds(asked(**rule), [there, there], [there, Number(value=0.91)], "unknown")
    assert (unknown.verdict, unknown.hint) == (UNDECIDED, "set directions: in mlgit.yaml")
    alone = decide_seeds(asked(**rule), [there], [there], "higher")
    assert (alone.verdict, "it takes two" in alone.reason) == (UNDECIDED, True)


SEVERAL = Reading(state="read", values={"latency": 1.0, '"latency"': 2.0}, ambiguous=frozenset(("latency",)))


@pytest.mark.parametrize(
    ("readings", "value", "words"),
    [
        ([("a", read(latency=3))], 3.0, ""),
        ([("a", read(x=1)), ("b", read(latency=4))], 4.0, ""),
        ([("a", read(**{"latency": 1, "test.latency": 4}))], 1.0, ""),
        ([("a", read(**{"test.latency": 4}))], None, "a has test.latency"),
        ([("a", read(latency=1)), ("b", read(latency=1))], None, "latency is in a and in b"),
        ([("a", SEVERAL)], None, "a has several values called latency"),
        ([("a", read(x=1)), ("b", SEVERAL)], None, "b has several values called latency"),
        ([("a", read(latency="NaN"))], None, "no finite number"),
        ([("a", read(latency=True))], None, "no finite number"),
        ([("a", ABSENT)], None, "there is no a"),
        ([("a", unreadable("not JSON", "a:1"))], None, "a: not JSON"),
        ([("a", not_available("kept by DVC", "dvc pull"))], None, "a: kept by DVC"),
        ([("a", read(x=1))], None, "no metrics file has a value called latency"),
    ],
)
def test_the_number_of_a_name(readings: list[tuple[str, Reading]], value: float | None, words: str) -> None:
    found = number(readings, "latency")
    assert (found.value, words in found.reason) == (value, True)
    several = " has several " in found.reason or " is in " in found.reason
    assert found.open == (several or readings[0][1].state == "not available")


ONE, TWO = Number(value=0.9, file="a", files=2), Number(value=0.99, file="b", files=2)
BOTH = Number(reason="acc is in a and in b", open=True, ambiguous=True, files=2)


@pytest.mark.parametrize("rule", [{"min": 0.5}, {"max": 1.0}, {"no_worse_than": {}}])
@pytest.mark.parametrize(
    ("base", "head", "words"),
    [
        (ONE, TWO, "it is in a at the base and in b at the head"),
        (BOTH, ONE, "the base: acc is in a and in b"),
        (ONE, BOTH, "the head: acc is in a and in b"),
        (Number(reason="there is none", files=2), ONE, ""),
        (Number(reason="only train.acc", near=True), Number(reason="only train.acc", near=True), "the head"),
    ],
)
def test_a_number_that_may_be_another_metric_decides_nothing(
    rule: dict[str, Any], base: Number, head: Number, words: str
) -> None:
    found = decide_point(asked(mode="point", **rule), base, head, "higher")
    assert found.verdict is UNDECIDED
    assert words in found.reason


def test_a_name_that_the_head_keeps_only_as_a_part_is_a_fail() -> None:
    lost = Number(reason="only train.acc", near=True)
    assert (
        decide_point(asked(mode="point", min=0.5), Number(value=1.0, file="a"), lost, "higher").verdict
        is FAIL
    )
