"""When a model is asked, and what is asked together: on the loop where a row costs little, else in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from itertools import accumulate, chain, pairwise
from typing import Any

from msgspec import Struct

from mlgit.serving.predictor import Answers, Columns, Predictor
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

    Requests that wait are asked together, where the model answers each row by itself. No timer takes part: a slow model, which
    has a thread of `executor`, is asked for whatever came while its last call ran, and a quick one for whatever came in the
    same turn of the loop. A request that is alone is asked at once.
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
            return given(
                await asyncio.get_running_loop().run_in_executor(self._executor, asked, served, columns)
            )
        if self.in_hand() > 1 and served.predictor.apart:
            return await self._queued(served, columns, rows, self._soon)
        return given(asked(served, columns))

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
            taken = batch(served, queue)
            settle(taken, answers_to(served, taken))

    def _begin(self, served: Served, queue: list[Waiting]) -> None:
        """Work off the queue of a slow model beside the loop."""
        worker = asyncio.ensure_future(self._work_off(served, queue))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work_off(self, served: Served, queue: list[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        try:
            while queue:
                taken = batch(served, queue)
                settle(taken, await loop.run_in_executor(self._executor, answers_to, served, taken))
        finally:
            self._queues.pop(id(served), None)


def batch(served: Served, queue: list[Waiting]) -> list[Waiting]:
    """Take the first requests of a queue that are asked together: one at least, and none whose answers another one could change."""
    predictor = served.predictor
    most = 0 if not predictor.apart else INLINE if predictor.quick else LARGEST_BATCH
    count, rows, kind = 1, queue[0].rows, kinds(queue[0].columns, predictor)
    for one in queue[1:]:
        rows += one.rows
        if rows > most or kind is None or kinds(one.columns, predictor) != kind:
            break
        count += 1
    taken = queue[:count]
    del queue[:count]
    return taken


def kinds(columns: Columns, predictor: Predictor) -> list[set[type]] | None:
    """Return of which types the values of each column are, where a model may see the difference; None for a request with arrays.

    A table of pandas has one type a column: beside a missing value 8003 becomes 8003.0, which a model may take for another
    category. A tensor has the type of the model, and a quick model takes nothing else.
    """
    if any(type(values) is not list for values in columns.values()):
        return None
    return [] if predictor.quick else [{type(value) for value in values} for values in columns.values()]


def given(answer: Answers | Exception) -> Answers:
    """Return an answer; raises what the model raised."""
    if isinstance(answer, Exception):
        raise answer
    return answer


def settle(requests: Sequence[Waiting], answers: Sequence[Answers | Exception]) -> None:
    """Give each request its answer, unless it has gone away."""
    for one, answer in zip(requests, answers, strict=True):
        if one.answer.done():
            continue
        if isinstance(answer, Exception):
            one.answer.set_exception(answer)
        else:
            one.answer.set_result(answer)


def answers_to(served: Served, requests: Sequence[Waiting]) -> list[Answers | Exception]:
    """Return an answer or an error for each of several requests, whatever happens: none may wait in vain."""
    try:
        return asked_together(served, requests)
    except Exception as error:  # memory, for example
        return [error] * len(requests)


def asked_together(served: Served, requests: Sequence[Waiting]) -> list[Answers | Exception]:
    """Return the answers of several requests from one call; where that fails, from those of each half."""
    if len(requests) == 1:
        return [asked(served, requests[0].columns)]
    columns = {
        name: list(chain.from_iterable(one.columns[name] for one in requests)) for name in served.columns
    }
    stops = list(accumulate((one.rows for one in requests), initial=0))
    whole = asked(served, columns)
    if not isinstance(whole, Exception):
        # A model may answer with anything that has a length.
        with suppress(Exception):
            return [part(whole, start, stop) for start, stop in pairwise(stops)]
    middle = len(requests) // 2
    return [*asked_together(served, requests[:middle]), *asked_together(served, requests[middle:])]


def asked(served: Served, columns: Mapping[str, Sequence[Any]]) -> Answers | Exception:
    """Return what a model says, or what it raised, as an exception that a future can hold."""
    try:
        return served.predict(columns)
    except Exception as error:  # the user's model
        return RuntimeError("StopIteration") if isinstance(error, StopIteration) else error
    except BaseException as error:  # it must not end the server, nor leave the others without an answer
        return RuntimeError(type(error).__name__)


def part(whole: Answers, start: int, stop: int) -> Answers:
    """Return the answers of some of the rows."""
    scores = whole.probabilities
    return Answers(
        predictions=whole.predictions[start:stop],
        probabilities=None if scores is None else scores[start:stop],
        classes=whole.classes,
    )
