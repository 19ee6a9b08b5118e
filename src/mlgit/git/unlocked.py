"""Git's own folder, written by one that leaves a note: the locks of what was killed go before the next writes.

A git that is killed, and GitPython in a process that is, leave their locks behind, and Git would wait for somebody to remove
them. They are taken away only where a note says that a process of mlgit wrote here and is gone, and none that writes now.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlgit.git.repository import Repository
from mlgit.world.files import cannot_write
from mlgit.world.processes import is_left_behind, own_name
from mlgit.world.streaming import uninterrupted

NOTES = "mlgit/writing"
"""In Git's own folder: an empty file for each process that writes there, whose name tells which."""
LOCKS = ("index.lock", "HEAD.lock", "logs/HEAD.lock")
SHARED_LOCKS = ("packed-refs.lock", "refs/**/*.lock", "logs/refs/**/*.lock")
"""In the folder that all work trees share."""


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        note.touch()
    except OSError as error:
        raise cannot_write(note, error) from error
    try:
        yield
    finally:
        with uninterrupted():
            note.unlink(missing_ok=True)


def remove_locks(repository: Repository) -> None:
    """Remove the locks that stand in Git's own folder."""
    places: tuple[tuple[Path, tuple[str, ...]], ...] = (
        (repository.git_folder, LOCKS),
        (repository.common_folder, SHARED_LOCKS),
    )
    for folder, patterns in places:
        for lock in (one for pattern in patterns for one in folder.glob(pattern)):
            lock.unlink(missing_ok=True)
