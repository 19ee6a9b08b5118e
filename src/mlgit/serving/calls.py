"""When a model is asked, and what is asked together: on the loop where a row costs little, else in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from itertools import accumulate, chain, pairwise
from typing import Any

from msgspec import Struct

from mlgit.serving.arrays import listed
from mlgit.serving.predictor import Answers, Columns
from mlgit.serving.served import Served

INLINE = 256
"""Rows up to which a quick model is asked on the loop that answers requests."""
LARGEST_BATCH = 4096
"""Rows of several requests that are asked together."""


class Waiting(Struct, frozen=True, kw_only=True):
    """A request that waits for a model: its rows by column, how many they are, and where its answer goes."""

    columns: Columns
    rows: int
    answer: asyncio.Future[Answers]


class Calls:
    """Asks models so that no request waits for another's work on the loop.

    Requests that wait are asked together. No timer takes part: a slow model, which has a thread of `executor`, is asked for
    whatever came while its last call ran, and a quick one for whatever came in the same turn of the loop. A request that is
    alone is asked at once.
    """

    def __init__(self, executor: Executor) -> None:
        self.in_hand: Callable[[], int] = int
        """Tells how many requests the server has begun to answer; by default none is known."""
        self._executor = executor
        self._workers: set[asyncio.Future[None]] = set()
        self._queues: dict[int, list[Waiting]] = {}

    async def predict(self, served: Served, columns: Columns, rows: int) -> Answers:
        """Return what a model says of rows that were checked."""
        if not served.predictor.quick:
            return await self._queued(served, columns, rows, self._begin)
        if rows > INLINE:
            return await asyncio.get_running_loop().run_in_executor(self._executor, served.predict, columns)
        if self.in_hand() > 1:
            return await self._queued(served, columns, rows, self._soon)
        return served.predict(columns)

    async def _queued(
        self, served: Served, columns: Columns, rows: int, begin: Callable[[Served, list[Waiting]], None]
    ) -> Answers:
        """Wait in the queue of a model; who finds none begins one."""
        one = Waiting(columns=columns, rows=rows, answer=asyncio.get_running_loop().create_future())
        queue = self._queues.get(id(served))
        if queue is None:
            self._queues[id(served)] = queue = []
            begin(served, queue)
        queue.append(one)
        return await one.answer

    def _soon(self, served: Served, queue: list[Waiting]) -> None:
        """Ask a quick model when every request that is here has been read."""
        asyncio.get_running_loop().call_soon(self._at_once, served, queue)

    def _at_once(self, served: Served, queue: list[Waiting]) -> None:
        del self._queues[id(served)]
        while queue:
            taken = batch(queue, INLINE)
            settle(taken, asked_together(served, taken))

    def _begin(self, served: Served, queue: list[Waiting]) -> None:
        """Work off the queue of a slow model beside the loop."""
        worker = asyncio.ensure_future(self._work_off(served, queue))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work_off(self, served: Served, queue: list[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        try:
            while queue:
                taken = batch(queue, LARGEST_BATCH)
                settle(taken, await loop.run_in_executor(self._executor, asked_together, served, taken))
        finally:
            self._queues.pop(id(served), None)


def batch(queue: list[Waiting], most: int) -> list[Waiting]:
    """Take the first requests of a queue that are asked together: one at least, and no more than `most` rows."""
    count, rows = 1, queue[0].rows
    for one in queue[1:]:
        rows += one.rows
        if rows > most:
            break
        count += 1
    taken = queue[:count]
    del queue[:count]
    return taken


def settle(requests: Sequence[Waiting], answers: Sequence[Answers | Exception]) -> None:
    """Give each request its answer, unless it has gone away."""
    for one, answer in zip(requests, answers, strict=True):
        if one.answer.done():
            continue
        if isinstance(answer, Exception):
            one.answer.set_exception(answer)
        else:
            one.answer.set_result(answer)


def asked_together(served: Served, requests: Sequence[Waiting]) -> list[Answers | Exception]:
    """Return the answers of several requests from one call; where that fails, each is asked alone."""
    if len(requests) == 1:
        return [asked(served, requests[0].columns)]
    lists = [{name: listed(one.columns[name]) for name in served.columns} for one in requests]
    whole = asked(
        served, {name: list(chain.from_iterable(one[name] for one in lists)) for name in served.columns}
    )
    if isinstance(whole, Exception):
        return [asked(served, one.columns) for one in requests]
    stops = list(accumulate((one.rows for one in requests), initial=0))
    return [part(whole, start, stop) for start, stop in pairwise(stops)]


def asked(served: Served, columns: Mapping[str, Sequence[Any]]) -> Answers | Exception:
    """Return what a model says, or what it raised."""
    try:
        return served.predict(columns)
    except Exception as error:  # the user's model
        return error


def part(whole: Answers, start: int, stop: int) -> Answers:
    """Return the answers of some of the rows."""
    scores = whole.probabilities
    return Answers(
        predictions=whole.predictions[start:stop],
        probabilities=None if scores is None else scores[start:stop],
        classes=whole.classes,
    )
