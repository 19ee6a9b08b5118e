"""When models are asked, and what is asked together."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from mlgit.serving.arrays import listed
from mlgit.serving.calls import INLINE, LARGEST_BATCH, Calls, Waiting, batch
from mlgit.serving.predictor import Answers, Columns
from mlgit.serving.served import Served


class Doubling:
    """A model that notes how many rows it is asked at a time, and on which thread; it fails at 13."""

    format, inputs, apart = "loader", None, True

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self.calls: list[int] = []
        self.threads: set[str] = set()

    def predict(self, columns: Columns) -> Answers:
        ages = listed(columns["age"])
        self.calls.append(len(ages))
        self.threads.add(threading.current_thread().name)
        if not self.quick:
            time.sleep(0.02)
        if 13 in ages:
            raise ValueError("unlucky")
        return Answers(predictions=[age and age * 2 for age in ages])


def answers(
    served: Served, model: Doubling, requests: Sequence[Any], in_hand: int | None = None
) -> list[Any]:
    """What requests that come at once are told."""
    slow = Served(served.release, model)

    async def asked() -> list[Any]:
        with ThreadPoolExecutor(1, "model") as executor:
            calls = Calls(executor)
            if in_hand is not None:
                calls.in_hand = lambda: in_hand
            waiting = [calls.predict(slow, dict.fromkeys(slow.columns, one), len(one)) for one in requests]
            return await asyncio.gather(*waiting, return_exceptions=True)

    return [one if isinstance(one, Exception) else one.predictions for one in asyncio.run(asked())]


def test_what_waits_for_a_slow_model_is_asked_together_and_fails_alone(served: Served) -> None:
    model = Doubling(quick=False)
    first, second, third, fourth = answers(served, model, [[1], [2, 3], [13], [4]])
    assert (first, second, fourth) == ([2], [4, 6], [8])
    assert isinstance(third, ValueError)
    assert model.calls == [5, 3, 2, 1, 1]
    assert model.threads == {"model_0"}


def test_what_comes_at_once_is_asked_together_of_a_quick_model_on_the_loop(served: Served) -> None:
    model = Doubling(quick=True)
    assert answers(served, model, [[1], [2, 3], [4]], in_hand=3) == [[2], [4, 6], [8]]
    assert model.calls == [4]
    assert model.threads == {"MainThread"}
    first, second = answers(served, model, [[13], [1]], in_hand=2)
    assert (type(first), second) == (ValueError, [2])


@pytest.mark.parametrize("in_hand", [None, 0, 1])
def test_a_request_that_is_alone_waits_for_nobody(served: Served, in_hand: int | None) -> None:
    model = Doubling(quick=True)
    assert answers(served, model, [[1], [2]], in_hand=in_hand) == [[2], [4]]
    assert model.calls == [1, 1]


def test_many_rows_of_a_quick_model_do_not_hold_up_the_loop(served: Served) -> None:
    model = Doubling(quick=True)
    answers(served, model, [[1] * (INLINE + 1)], in_hand=3)
    assert model.threads == {"model_0"}
    calls = Doubling(quick=True)
    answers(served, calls, [[1] * 100] * 5, in_hand=5)
    assert calls.calls == [200, 200, 100]


def test_arrays_are_asked_as_they_came(served: Served) -> None:
    masked = np.ma.array([1.0, 7.0], mask=[False, True])
    model = Doubling(quick=True)
    found = answers(served, model, [np.array([np.nan, 2.0]), masked, [3], [4]], in_hand=4)
    assert found == [[None, 4.0], [2.0, None], [6], [8]]
    assert model.calls == [2, 2, 2]


def test_of_a_slow_model_only_what_is_of_one_kind_is_asked_together(served: Served) -> None:
    """A table of pandas makes 8003.0 of 8003 where another request has no value."""
    model = Doubling(quick=False)
    found = answers(served, model, [[8003], [1], [None], [2.0], [3], [4]])
    assert found == [[16006], [2], [None], [4.0], [6], [8]]
    assert model.calls == [2, 1, 1, 2]


@pytest.mark.parametrize("quick", [False, True])
def test_a_model_that_looks_at_other_rows_is_asked_alone(served: Served, *, quick: bool) -> None:
    model = Doubling(quick=quick)
    model.apart = False
    assert answers(served, model, [[1], [2], [3]], in_hand=3) == [[2], [4], [6]]
    assert model.calls == [1, 1, 1]


class OwnError(BaseException):
    """What no program may let end a server."""


class Odd(Doubling):
    """A model that answers together otherwise than alone, or in a form that cannot be divided."""

    def __init__(self, how: str, *, quick: bool) -> None:
        super().__init__(quick=quick)
        self.how = how

    def predict(self, columns: Columns) -> Answers:
        rows = len(columns["age"])
        if self.how == "reshaped" and rows > 1:
            return Answers(predictions=[list(columns["age"])])
        if self.how == "fewer" and rows > 1:
            return Answers(predictions=list(columns["age"])[1:])
        if self.how == "probabilities" and rows > 1:
            return Answers(predictions=list(columns["age"]), probabilities={"a": [0.5] * rows})
        if self.how == "always fewer":
            return Answers(predictions=[])
        if self.how in RAISED:
            raise RAISED[self.how]
        return super().predict(columns)


RAISED: dict[str, BaseException] = {"stop": StopIteration(), "own": OwnError(), "exit": SystemExit(3)}


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("how", ["reshaped", "fewer", "probabilities"])
def test_who_answers_together_otherwise_is_asked_alone(served: Served, how: str, *, quick: bool) -> None:
    assert answers(served, Odd(how, quick=quick), [[1], [2], [3]], in_hand=3) == [[2], [4], [6]]


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("requests", [[[1]], [[1], [2], [3]]])
@pytest.mark.parametrize(
    ("how", "kind"),
    [("always fewer", ValueError), ("stop", RuntimeError), ("own", RuntimeError), ("exit", RuntimeError)],
)
def test_whatever_a_model_does_nobody_waits_in_vain(
    served: Served, how: str, kind: type[Exception], requests: list[Any], *, quick: bool
) -> None:
    found = answers(served, Odd(how, quick=quick), requests, in_hand=len(requests))
    assert [type(one) for one in found] == [kind] * len(requests)


def test_one_bad_request_costs_few_calls(served: Served) -> None:
    model = Doubling(quick=True)
    found = answers(served, model, [[1]] * 40 + [[13]] + [[1]] * 23, in_hand=64)
    assert [type(one) for one in found].count(ValueError) == 1
    assert len(model.calls) < 14


def test_a_model_is_asked_again_after_its_queue_is_empty(served: Served) -> None:
    model = Doubling(quick=True)
    slow = Served(served.release, model)

    async def twice() -> list[Any]:
        with ThreadPoolExecutor(1) as executor:
            calls = Calls(executor)
            calls.in_hand = lambda: 2
            return [
                (await calls.predict(slow, {key: [age] for key in slow.columns}, 1)).predictions
                for age in (1, 2)
            ]

    assert asyncio.run(twice()) == [[2], [4]]


def test_a_batch_has_one_request_at_least_and_else_no_more_rows_than_the_model_takes(served: Served) -> None:
    def taken(*rows: int, quick: bool) -> tuple[list[int], list[int]]:
        waiting = [Waiting(columns={"age": []}, rows=one, answer=None) for one in rows]  # type: ignore[arg-type]
        found = batch(Served(served.release, Doubling(quick=quick)), waiting)
        return [one.rows for one in found], [one.rows for one in waiting]

    assert taken(LARGEST_BATCH + 1, 1, quick=False) == ([LARGEST_BATCH + 1], [1])
    assert taken(LARGEST_BATCH - 1, 1, 1, quick=False) == ([LARGEST_BATCH - 1, 1], [1])
    assert taken(INLINE - 1, 1, 1, quick=True) == ([INLINE - 1, 1], [1])


def test_who_went_away_gets_no_answer_and_the_others_theirs(served: Served) -> None:
    model = Doubling(quick=True)
    slow = Served(served.release, model)

    async def left() -> tuple[bool, Any]:
        with ThreadPoolExecutor(1) as executor:
            calls = Calls(executor)
            calls.in_hand = lambda: 2
            first, second = (
                asyncio.ensure_future(calls.predict(slow, {key: [age] for key in slow.columns}, 1))
                for age in (1, 2)
            )
            await asyncio.sleep(0)
            first.cancel()
            said = await second
            return first.cancelled(), said.predictions

    assert asyncio.run(left()) == (True, [4])
