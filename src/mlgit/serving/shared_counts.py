"""What several workers counted, told by any of them: each writes its counts to a file of its own, which the others read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from mlgit.serving.counters import Counters, Counts

EVERY = 0.5
"""Seconds between two writings: what the others may know late, and what a killed worker may leave uncounted."""


class SharedCounts:
    """The counts of one worker among those of `count`; a worker that is started again goes on where the one before ended."""

    def __init__(self, folder: Path, number: int, count: int) -> None:
        self._folder = folder
        self._number = number
        self._count = count
        self.counters = Counters(self._read(number))
        self._written: Counts | None = None

    def all(self) -> Counters:
        """Return what all workers counted."""
        others = (
            one for number in range(self._count) if number != self._number for one in self._read(number)
        )
        return Counters([self.counters.counts, *others])

    async def write_on(self) -> None:
        """Write again and again; runs until it is cancelled."""
        try:
            while True:
                await asyncio.sleep(EVERY)
                self._write()
        finally:
            self._write()

    def _write(self) -> None:
        """Write what was counted, where something was; a full disk loses counts and no request."""
        counts = self.counters.counts
        if counts == self._written:
            return
        place = self._place(self._number)
        with suppress(OSError):
            fresh = place.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(counts))
            fresh.replace(place)
            self._written = counts

    def _read(self, number: int) -> Iterator[Counts]:
        """Yield what a worker wrote last, nothing where it wrote nothing yet."""
        with suppress(OSError, msgspec.DecodeError):
            yield msgspec.json.decode(self._place(number).read_bytes(), type=Counts)

    def _place(self, number: int) -> Path:
        return self._folder / f"counts-{number}.json"
