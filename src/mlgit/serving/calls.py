"""When a model is asked, and what is asked together: on the loop where a row costs little, else in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from mlgit.serving.predictor import Answers, Columns
from mlgit.serving.served import Served

INLINE = 256
"""Rows up to which a quick model is asked on the loop that answers requests."""
LARGEST_BATCH = 4096
"""Rows of several requests that are asked together."""


class Calls:
    """Asks models so that no request waits for another's work on the loop.

    What costs more than a thread goes to `executor`. Of a model that is slow, whatever was queued while the last call ran is
    asked together: no timer, so a single request never waits.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._workers: set[asyncio.Future[None]] = set()
        self._queues: dict[int, list[tuple[Columns, int, asyncio.Future[Answers]]]] = {}

    async def predict(self, served: Served, columns: Columns, rows: int) -> Answers:
        """Return what a model says of rows that were checked."""
        if served.predictor.quick:
            if rows <= INLINE:
                return served.predict(columns)
            return await asyncio.get_running_loop().run_in_executor(self._executor, served.predict, columns)
        return await self._queued(served, columns, rows)

    async def _queued(self, served: Served, columns: Columns, rows: int) -> Answers:
        """Wait in the queue of a slow model; who finds it empty works it off."""
        future: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        queue = self._queues.get(id(served))
        if queue is not None:
            queue.append((columns, rows, future))
            return await future
        self._queues[id(served)] = queue = [(columns, rows, future)]
        worker = asyncio.ensure_future(self._work_off(served, queue))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)
        return await future

    async def _work_off(
        self, served: Served, queue: list[tuple[Columns, int, asyncio.Future[Answers]]]
    ) -> None:
        """Ask until the queue is empty."""
        loop = asyncio.get_running_loop()
        try:
            while queue:
                taken = batch(queue)
                del queue[: len(taken)]
                found = await loop.run_in_executor(
                    self._executor, asked_together, served, [one[:2] for one in taken]
                )
                for (_, _, future), answer in zip(taken, found, strict=True):
                    if future.done():
                        continue
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            self._queues.pop(id(served), None)


def batch(
    queue: Sequence[tuple[Columns, int, asyncio.Future[Answers]]],
) -> list[tuple[Columns, int, asyncio.Future[Answers]]]:
    """Return the first requests of a queue that are asked together: one at least."""
    taken, rows = [queue[0]], queue[0][1]
    for one in queue[1:]:
        rows += one[1]
        if rows > LARGEST_BATCH:
            break
        taken.append(one)
    return taken


def asked_together(served: Served, requests: Sequence[tuple[Columns, int]]) -> list[Answers | Exception]:
    """Return the answers of several requests from one call; where that fails, each is asked alone."""
    if len(requests) == 1:
        return [asked(served, requests[0][0])]
    joined = {name: [value for columns, _ in requests for value in columns[name]] for name in served.columns}
    whole = asked(served, joined)
    if isinstance(whole, Exception):
        return [asked(served, columns) for columns, _ in requests]
    found: list[Answers | Exception] = []
    start = 0
    for _, rows in requests:
        found.append(part(whole, start, start + rows))
        start += rows
    return found


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
