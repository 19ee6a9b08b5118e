"""The one adapter that calls DVC."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from mlgit.dvc.cache import cache_folder
from mlgit.dvc.interpreter import stage_environment
from mlgit.dvc.process import NEXT
from mlgit.dvc.unfinished import is_unfinished
from mlgit.errors import ExternalError
from mlgit.world.context import Context
from mlgit.world.processes import Completed, runs

NEXT_TO_MLGIT = ("-m", "mlgit.dvc.process")
LONG = 24 * 3600.0
LOCKS = ".dvc/tmp/rwlock"
RUNS = "runs"
WRITTEN = 1.0
"""Seconds in which a file of a run is written, however busy the machine is."""
TRAINS = ("repro", "exp")
"""The commands of DVC that look for a stage among its former runs."""
DAMAGED = (" is invalid.", " validation failed")
"""DVC shows a file that it cannot read line by line, and says of which it speaks in the first line alone."""


class Dvc:
    """DVC's command line in one repository. With `--quiet` it keeps to itself what went wrong, too."""

    def __init__(self, context: Context, root: Path) -> None:
        self._context = context
        self._root = root
        self._program = program(context)
        self._environment = stage_environment(context)

    def run(self, *arguments: str) -> Completed:
        """Run to the end; raises `ExternalError` (`dvc-failed`) with DVC's own words when it fails."""
        self._mend(arguments[0])
        done = self._context.processes.run(
            (*self._program, *arguments), directory=self._root, environment=self._environment, timeout=LONG
        )
        if done.exit_code != 0:
            raise failed(arguments[0], done.error_text, done.exit_code)
        return done

    def run_each(self, *commands: tuple[str, ...]) -> None:
        """Run commands one after the other, in one process where DVC is beside mlgit; raises as `run` does for the first that fails."""
        if self._program[1:] != NEXT_TO_MLGIT or len(commands) == 1:
            for command in commands:
                self.run(*command)
            return
        for command in commands:
            self._mend(command[0])
        words = [word for command in commands for word in (NEXT, *command)][1:]
        done = self._context.processes.run(
            (*self._program, *words), directory=self._root, environment=self._environment, timeout=LONG
        )
        if done.exit_code != 0:
            said, _, last = done.error_text.rpartition("\n")
            raise failed(last, said, done.exit_code)

    def _mend(self, command: str) -> None:
        """Remove what an interrupted DVC left that this one would fail at."""
        remove_torn_locks(self._root)
        if command in TRAINS:
            remove_torn_runs(self._root)
            remove_empty_runs(self._root)

    def run_within(self, limit: float | None, *arguments: str) -> None:
        """Run to the end or to the end of `limit` seconds, then with everything that it started; raises as `run` does."""
        lines: list[str] = []
        exit_code = self.stream(*arguments, on_line=lines.append, limit=limit)
        if exit_code != 0:
            raise failed(arguments[0], "\n".join(lines), exit_code)

    def stream(self, *arguments: str, on_line: Callable[[str], None], limit: float | None = None) -> int:
        """Run to the end, each line handed on; return DVC's exit code. `limit`: see `SystemProcesses.stream`."""
        self._mend(arguments[0])
        return self._context.processes.stream(
            (*self._program, *arguments),
            directory=self._root,
            environment=self._environment,
            on_line=on_line,
            limit=limit,
        )


def remove_torn_locks(root: Path) -> None:
    """Remove the file of DVC's locks when it is torn or speaks of processes alone that are gone.

    An interrupted DVC leaves it empty, and no other one starts then; one that was killed and that nobody waits for, as in a
    container without an init, counts as running to DVC.
    """
    import json

    place = root / LOCKS
    try:
        holders = list(numbers_in(json.loads(place.read_bytes())))
        if not holders or any(map(runs, holders)):
            return
    except OSError:
        return
    except ValueError:
        pass
    with suppress(OSError):
        place.unlink()


def remove_torn_runs(root: Path) -> None:
    """Remove what an interrupted DVC began to write down of a run: the next takes it for the newest one, and half of it.

    It is written in milliseconds, so that one that is still there after `WRITTEN` is nobody's.
    """
    runs = cache_folder(root / ".dvc") / RUNS
    left = [place for place in runs.glob("*/*/.*.tmp") if is_unfinished(place.name)]
    if left:
        time.sleep(WRITTEN)
    for place in left:
        with suppress(OSError):
            place.unlink()


def remove_empty_runs(root: Path) -> None:
    """Remove what an interrupted DVC began to remember of a stage and did not: it fails at a folder without any run."""
    for folder in (cache_folder(root / ".dvc") / RUNS).glob("*/*"):
        with suppress(OSError):
            # Of one that holds runs nothing happens.
            folder.rmdir()


def numbers_in(held: object) -> Iterator[int]:
    """Yield the numbers of the processes that DVC's file of locks names, wherever they stand in it."""
    if isinstance(held, dict):
        if isinstance(number := held.get("pid"), int):
            yield number
        for one in held.values():
            yield from numbers_in(one)
    elif isinstance(held, list):
        for one in held:
            yield from numbers_in(one)


def program(context: Context) -> tuple[str, ...]:
    """Return how DVC is started: beside this Python, else from PATH; raises `ExternalError` when it is nowhere."""
    if find_spec("dvc") is not None:
        return (context.python, *NEXT_TO_MLGIT)
    found = which("dvc", path=context.environment.get("PATH"))
    if found is None:
        raise ExternalError("dvc-missing", "DVC is not installed", hint='python -m pip install "mlgit[dvc]"')
    return (found,)


def failed(command: str, said: str, exit_code: int) -> ExternalError:
    """Return the error for a command of DVC, with the line in which DVC says what went wrong."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    errors += [line for line in lines if line.startswith("'") and any(word in line for word in DAMAGED)]
    words = (errors[:1] or lines[-1:] or [f"exit code {exit_code}"])[0].removeprefix("ERROR: ")
    return ExternalError("dvc-failed", f"dvc {command} failed: {words}", hint="mlgit doctor")
