"""What the outside is for a command: a directory, an environment, processes, a clock and a console."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from mlgit.redact import Redactor
from mlgit.world.processes import SystemProcesses
from mlgit.world.usage import Usage, children_usage


class Console(Protocol):
    """Where a command reports; data never go here."""

    def say(self, text: str) -> None:
        """Write one line about the work that goes on."""

    def warn(self, text: str) -> None:
        """Tell one line of what the user should know although the work goes on."""

    def progress(self, text: str) -> None:
        """Replace the running line of long work on a terminal; nothing elsewhere."""


class SilentConsole:
    """A console that nobody reads, for tests and for commands inside commands."""

    def say(self, text: str) -> None:
        """Hear nothing."""

    def warn(self, text: str) -> None:
        """Hear nothing."""

    def progress(self, text: str) -> None:
        """Hear nothing."""


class Environment(dict[str, str]):
    """Environment variables that do not show their values: a token among them would end up in a log."""

    def __repr__(self) -> str:
        """Return how many variables there are."""
        return f"<{len(self)} variables>"

    __str__ = __repr__


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """How Git proves who it is to one server, https://HOST: a user, and the variable that holds the password."""

    server: str
    user: str
    variable: str


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The outside, built once at the door and handed down; tests hand down another.

    `clock` returns seconds since the epoch (UTC). `python` is the interpreter that stages are run with.
    `usage` reads what the programs started so far have taken. `redactor` knows the secrets of the environment and those
    of every context that was made of this one: no text leaves the program but through it. `credential` is what a CI
    gives Git, where there is one.
    """

    directory: Path
    environment: Mapping[str, str]
    processes: SystemProcesses
    console: Console
    clock: Callable[[], float] = time.time
    python: str = sys.executable
    usage: Callable[[], Usage] = children_usage
    credential: Credential | None = None
    redactor: Redactor = msgspec.field(default_factory=Redactor)

    def __post_init__(self) -> None:
        """Let the environment be shown without its values, and learn which of them are secrets."""
        if not isinstance(self.environment, Environment):
            self.redactor.learn_environment(self.environment)
            msgspec.structs.force_setattr(self, "environment", Environment(self.environment))

    @property
    def today(self) -> date:
        """The day by the clock (UTC)."""
        return datetime.fromtimestamp(self.clock(), UTC).date()

    def redact(self, text: str) -> str:
        """Return a text without secrets, as it may leave the program."""
        return self.redactor(text)

    def learn_secrets(self, names: Iterable[str]) -> None:
        """Hide the values of these variables too, whatever their names tell."""
        self.redactor.learn_environment(self.environment, names)

    def at(self, directory: Path) -> Context:
        """Return the same context seen from another directory."""
        return msgspec.structs.replace(self, directory=directory)

    def without(self, names: Iterable[str]) -> Context:
        """Return a context whose programs see none of these environment variables, and Git no credential."""
        dropped = set(names)
        kept = {name: value for name, value in self.environment.items() if name not in dropped}
        return msgspec.structs.replace(self, environment=kept, credential=None)

    def with_environment(self, values: Mapping[str, str]) -> Context:
        """Return the same context with more environment variables."""
        return msgspec.structs.replace(self, environment={**self.environment, **values})


def real_context(console: Console, redactor: Redactor | None = None) -> Context:
    """Return the context this process stands in; `redactor` is the one that the console has."""
    return Context(
        directory=Path.cwd(),
        environment=dict(os.environ),
        processes=SystemProcesses(),
        console=console,
        redactor=redactor or Redactor(),
    )
