"""Every dvc.lock as it was before a training: DVC writes it in place, so that one that is killed leaves half of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import msgspec

from mlgit.dvc import lockfile
from mlgit.dvc.unfinished import LOCK, is_idle
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.project.verified import place_of
from mlgit.world.files import read_bytes, write_atomically

FILE = "locks-before.json"
"""Beside what a verification came to: by path what stood there, nothing where there was no file."""


def keep_locks(repository: Repository, paths: Iterable[str]) -> None:
    """Keep the files at `paths`, from the root, until `forget_locks`."""
    found = {path: read_bytes(repository.root / path) or b"" for path in paths}
    write_atomically(place_of(repository).with_name(FILE), msgspec.json.encode(found))


def forget_locks(repository: Repository) -> None:
    """Forget them: DVC came to its end."""
    place_of(repository).with_name(FILE).unlink(missing_ok=True)


def mend_locks(repository: Repository) -> None:
    """Put back each that a training which was cut short left torn; a whole one keeps the stages that finished.

    While a DVC works there it may be writing one.
    """
    place = place_of(repository).with_name(FILE)
    if not place.exists() or not is_idle(repository.root / LOCK):
        return
    with suppress(MlgitError, msgspec.MsgspecError):
        kept = msgspec.json.decode(read_bytes(place) or b"{}", type=dict[str, bytes])
        for path, before in kept.items():
            put_back(repository, path, before)
    place.unlink(missing_ok=True)


def put_back(repository: Repository, path: str, before: bytes) -> None:
    """Put one back where it is torn."""
    place = repository.root / path
    if place.is_symlink() or not is_torn(read_bytes(place), path):
        return
    repository.context.console.say(
        f"{path} was left torn by a training that was cut short: put back as it was"
    )
    if before:
        write_atomically(place, before)
    else:
        place.unlink()


def is_torn(content: bytes | None, path: str) -> bool:
    """Tell whether only the start of a dvc.lock was written: it ends in a line, and with a value."""
    if content is None:
        return False
    if not content.endswith(b"\n") or content.rstrip().endswith(b":"):
        return True
    try:
        lockfile.read(content, path)
    except MlgitError:
        return True
    return False
