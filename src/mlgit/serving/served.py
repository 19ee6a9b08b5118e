"""A model that is loaded, checks its rows, and is asked: inline where a row costs little, else in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from mlgit.errors import UsageError
from mlgit.serving.formats.choose import predictor_of
from mlgit.serving.predictor import Answers, Columns, Input, Predictor
from mlgit.serving.raw import with_raw_columns
from mlgit.serving.release import Release
from mlgit.serving.validation import Validator

INLINE = 256
"""Rows up to which a quick model is asked on the loop that answers requests."""
LARGEST_BATCH = 4096
"""Rows of several requests that are asked together."""


class Served:
    """One version of a model that answers."""

    def __init__(self, release: Release, predictor: Predictor) -> None:
        self.release = release
        self.predictor = predictor
        self.inputs = inputs_of(release, predictor)
        self.validator = Validator(release.schema, self.inputs)
        self.columns = tuple(one.name for one in self.inputs)
        schema = release.schema
        self.headers = ((b"mlgit-model", release.name.encode()), (b"mlgit-version", release.version.encode()))
        marked = {name for name, rule in schema.columns.items() if rule.pii} if schema else set()
        self.private = frozenset(marked)

    @property
    def facts(self) -> dict[str, Any]:
        """What runs, for whoever asks."""
        one = self.release
        return {
            "model": one.name,
            "version": one.version,
            "digest": one.digest,
            "commit": one.commit,
            "format": self.predictor.format,
            "columns": {
                name: {"type": rule.type, "nullable": rule.nullable}
                for name, rule in self.validator.rules.items()
            },
        }

    def predict(self, columns: Columns) -> Answers:
        """Return what the model says of rows that were checked."""
        return self.predictor.predict(columns)

    def warm_up(self) -> None:
        """Ask a row without values, so that the first request does not pay for what is made once.

        A model that cannot do without values is left cold.
        """
        if all(one.nullable for one in self.inputs) and self.predictor.quick:
            with suppress(Exception):  # an encoder that knows no missing text, for example
                self.predictor.predict({name: [None] for name in self.columns})


def serve(release: Release, threads: int = 1) -> Served:
    """Load the model of a release; raises `UsageError` (`serve-...`)."""
    predictor = predictor_of(release, threads)
    served = Served(release, with_raw_columns(predictor, release.path))
    served.warm_up()
    return served


def inputs_of(release: Release, predictor: Predictor) -> tuple[Input, ...]:
    """Return the columns of a row; raises `UsageError` (`serve-columns`) where nothing tells them, or two tell different ones."""
    schema = release.schema
    if predictor.inputs is None:
        if schema is None:
            raise columns_unknown(release, "neither the model nor a schema names the columns of its rows")
        left_out = {schema.target, schema.id}
        return tuple(Input(name=name) for name in schema.columns if name not in left_out)
    if schema is None and any(one.storage is None for one in predictor.inputs):
        raise columns_unknown(release, "no schema says of which type its columns are")
    lacking = [one.name for one in predictor.inputs if schema and one.name not in schema.columns]
    if lacking:
        raise columns_unknown(
            release, f"the model takes {', '.join(lacking[:5])}, which the schema does not have"
        )
    return predictor.inputs


def columns_unknown(release: Release, why: str) -> UsageError:
    """Return the error for a model whose rows nobody knows."""
    return UsageError(
        "serve-columns",
        f"{release.name}: {why}",
        hint="serve.table of the model names a table of mlgit.yaml; the model has to take the columns of that table",
        where=str(release.path),
    )


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
