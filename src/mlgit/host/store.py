"""Numbered values as JSON files in a folder, each written whole or not at all, each number given to one process only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from mlgit.errors import ExternalError, UsageError
from mlgit.redact import Redactor
from mlgit.world.files import create_atomically, read_bytes, write_atomically

T = TypeVar("T", bound=msgspec.Struct)


class Store(Generic[T]):
    """The values of one kind, by number from 1 on. `noun` names one in errors."""

    def __init__(self, folder: Path, form: type[T], noun: str, redactor: Redactor) -> None:
        self._folder = folder
        self._form = form
        self._noun = noun
        self._redactor = redactor

    def path(self, number: int) -> Path:
        """Return where a value is kept."""
        return self._folder / f"{number:d}.json"

    def url(self, number: int) -> str:
        """Return an address of the file that a person can open."""
        return self.path(number).as_uri()

    def read(self, number: int) -> T:
        """Return a value; raises `UsageError` when there is none, `ExternalError` when its file is damaged."""
        path = self.path(number)
        content = read_bytes(path)
        if content is None:
            raise self.unknown(number)
        try:
            return msgspec.json.decode(content, type=self._form)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ExternalError(
                "forge-file",
                f"a file of the local forge is damaged: {error}",
                hint="delete it",
                where=str(path),
            ) from error

    def all(self) -> Iterator[tuple[int, T]]:
        """Give every value with its number, oldest first."""
        for number in self._numbers():
            yield number, self.read(number)

    def add(self, value: T) -> int:
        """Keep a new value under the next number that nobody else took, and return the number."""
        content = self._content(value)
        number = max(self._numbers(), default=0) + 1
        while not create_atomically(self.path(number), content):
            number += 1
        return number

    def replace(self, number: int, value: T) -> None:
        """Put another value in the place of one."""
        write_atomically(self.path(number), self._content(value))

    def _content(self, value: T) -> bytes:
        """Return a value as it is kept, without secrets: what is here is meant to be shown."""
        return self._redactor.json(msgspec.json.encode(value))

    def unknown(self, number: int) -> UsageError:
        """Return the error for a number that names nothing here."""
        return UsageError(
            f"{self._noun.replace(' ', '-')}-unknown",
            f"the local forge has no {self._noun} {number}",
            hint=f"what it has is kept in {self._folder}",
        )

    def _numbers(self) -> list[int]:
        """Return the numbers given so far, in order."""
        return sorted(int(path.stem) for path in self._folder.glob("*.json") if path.stem.isdecimal())
