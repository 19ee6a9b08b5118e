"""Git's own folder, written by one that leaves a note: the locks of what was killed go before the next writes.

A git that is killed, and GitPython in a process that is, leave their locks behind, and Git would wait for somebody to remove
them. They are taken away only where a note says that a process of mlgit wrote here and is gone, and none that writes now.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlgit.world.files import cannot_write
from mlgit.world.processes import is_left_behind, own_name
from mlgit.world.streaming import uninterrupted

if TYPE_CHECKING:
    from mlgit.git.repository import Repository

ALONE = tuple(
    word
    for setting in (
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "maintenance.auto=false",
        "gc.auto=0",
    )
    for word in ("-c", setting)
)
"""Settings of a git that starts nothing else: no hook or watcher of the user, and no upkeep, which goes on when we are gone."""

NOTES = "mlgit/writing"
"""In Git's own folder: an empty file for each process that writes there, whose name tells which."""
LOCKS = ("index.lock", "HEAD.lock", "logs/HEAD.lock")
SHARED_LOCKS = ("packed-refs.lock", "refs/**/*.lock", "logs/refs/**/*.lock", "objects/??/*.lock")
"""In the folder that all work trees share."""

PATIENCE = 1.0
"""Seconds after which a lock of a program that failed is its own: a git that runs takes milliseconds."""


@contextmanager
def unlocked(repository: Repository) -> Iterator[None]:
    """Write to Git's own folder with a note of who does; the locks that a killed one left there go first."""
    folder = repository.common_folder / NOTES
    notes = list(folder.iterdir()) if folder.is_dir() else []
    if notes and all(is_left_behind(note.name) for note in notes):
        remove_locks(repository)
        for note in notes:
            note.unlink(missing_ok=True)
    note = folder / own_name()
    mine = (
        not note.exists()
    )  # else we are inside of another writing of this process, which goes on when this one ends
    try:
        folder.mkdir(parents=True, exist_ok=True)
        note.touch()
    except OSError as error:
        raise cannot_write(note, error) from error
    try:
        yield
    finally:
        if mine:
            with uninterrupted():
                note.unlink(missing_ok=True)


@contextmanager
def unlocked_by_another(repository: Repository) -> Iterator[None]:
    """Let another program write to Git's own folder; where it fails, raise what it raises, and no lock of it stays.

    Locks that stood before are somebody else's, and so is one that goes within `PATIENCE`.
    """
    with unlocked(repository):
        before = set(locks(repository))
        try:
            yield
        except BaseException:
            with uninterrupted():
                remove_lasting([one for one in locks(repository) if one not in before])
            raise


def remove_lasting(found: list[Path]) -> None:
    """Remove the locks that still stand after a while."""
    if found:
        time.sleep(PATIENCE)
    for lock in found:
        lock.unlink(missing_ok=True)


def remove_locks(repository: Repository) -> None:
    """Remove the locks that stand in Git's own folder."""
    for lock in locks(repository):
        lock.unlink(missing_ok=True)


def locks(repository: Repository) -> Iterator[Path]:
    """Yield the locks that stand in Git's own folder."""
    places: tuple[tuple[Path, tuple[str, ...]], ...] = (
        (repository.git_folder, LOCKS),
        (repository.common_folder, SHARED_LOCKS),
    )
    for folder, patterns in places:
        for pattern in patterns:
            yield from folder.glob(pattern)
