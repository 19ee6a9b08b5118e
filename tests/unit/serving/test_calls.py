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

    format, inputs = "loader", None

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
    assert model.calls == [5, 1, 2, 1, 1]
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


def test_arrays_and_lists_are_joined_by_what_they_say(served: Served) -> None:
    masked = np.ma.array([1.0, 7.0], mask=[False, True])
    found = answers(served, Doubling(quick=True), [np.array([np.nan, 2.0]), masked, [3]], in_hand=3)
    assert found == [[None, 4.0], [2.0, None], [6]]


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


def test_a_batch_has_one_request_at_least_and_else_no_more_rows_than_asked() -> None:
    def queue(*rows: int) -> list[Waiting]:
        return [Waiting(columns={}, rows=one, answer=None) for one in rows]  # type: ignore[arg-type]

    waiting = queue(LARGEST_BATCH + 1, 1)
    assert [one.rows for one in batch(waiting, LARGEST_BATCH)] == [LARGEST_BATCH + 1]
    assert [one.rows for one in waiting] == [1]
    waiting = queue(2, 3, 1)
    assert [one.rows for one in batch(waiting, 5)] == [2, 3]
    assert [one.rows for one in waiting] == [1]


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
