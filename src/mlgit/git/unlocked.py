"""Git's own folder, written by one that leaves a note: the locks of what was killed go before the next writes.

A git that is killed, and GitPython in a process that is, leave their locks behind, and Git would wait for somebody to remove
them. They are taken away only where a note says that a process of mlgit wrote here and is gone, and none that writes now.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlgit.git.repository import Repository
from mlgit.world.files import write_atomically
from mlgit.world.processes import identity as process_identity
from mlgit.world.processes import may_run
from mlgit.world.streaming import uninterrupted

NOTES = "mlgit/writing"
"""In Git's own folder: a file for each process that writes there, with what tells the process from others."""
LOCKS = ("index.lock", "HEAD.lock", "logs/HEAD.lock")
SHARED_LOCKS = ("packed-refs.lock", "refs/**/*.lock", "logs/refs/**/*.lock")
"""In the folder that all work trees share."""


@contextmanager
def unlocked(repository: Repository) -> Iterator[None]:
    """Write to Git's own folder with a note of who does; the locks that a killed one left there go first."""
    folder = repository.common_folder / NOTES
    notes = {note: may_run(note.read_text(errors="replace")) for note in folder.glob("*")}
    if notes and not any(notes.values()):
        remove_locks(repository)
        for note in notes:
            note.unlink(missing_ok=True)
    identity = process_identity()
    note = folder / identity.replace("/", "-").replace(" ", "-")
    write_atomically(note, identity.encode())
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
