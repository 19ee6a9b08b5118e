"""What DVC keeps of the base and this machine lacks, as a small DVC repository that only has to be fetched.

Who has the credentials of the storage then runs `dvc fetch` there, and nothing else: the folder holds the settings of
the base and digests that the base records, and no file of the head.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.content import members
from mlgit.dvc.inherited import detached_configuration
from mlgit.dvc.paths import folder_of
from mlgit.dvc.pointer import pointer_text
from mlgit.dvc.tracked import Tracked
from mlgit.errors import UsageError
from mlgit.git.tracked import is_tracked
from mlgit.metrics.verdict import Side
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.world.files import cannot_write, move_into_place, resolved, write_atomically
from mlgit.world.staging import staging

SETTINGS = ".dvc/config"
LOCAL_SETTINGS = ".dvc/config.local"


class Need(Struct, frozen=True, kw_only=True):
    """A file or folder that DVC keeps: its path, what the base records of it, and the remote of its own, if it has one."""

    path: str
    record: Tracked
    remote: str = ""


class Needs(Struct, frozen=True, kw_only=True):
    """What is lacking of the base, and the folder in which `dvc fetch` brings it; empty `files`: no folder was made.

    `too_large` are paths that are not fetched.
    """

    base: Side
    folder: str
    files: tuple[Need, ...]
    too_large: tuple[str, ...] = ()


def write_needs(
    project: Project, base: Revision, folder: str, found: Iterable[Need], too_large: Sequence[str] = ()
) -> Needs:
    """Write the small DVC repository of what was found to `folder`, unless that is nothing, and return what is in it.

    Raises `UsageError` (`needs-folder`) for a folder that is there.
    """
    place = resolved(project.context.directory / folder)
    if place.exists():
        raise UsageError("needs-folder", f"{folder} is there already", hint="name a folder that is not there")
    if place.is_relative_to(resolved(project.root)):
        raise UsageError(
            "needs-folder", f"{folder} lies in this repository", hint="name a folder outside of it"
        )
    files = tuple(found)
    if files:
        write_folder(place, errand(project, base, files))
    side = Side(name=base.name, commit=base.commit)
    return Needs(base=side, folder=folder, files=files, too_large=tuple(too_large))


def lacking(project: Project, base: Revision, path: str, record: Tracked, remote: str = "") -> Need | None:
    """Return what has to be fetched for a path; None where it is in the cache, or DVC keeps nothing of it.

    Of a DVC repository below the root of the Git repository nothing is fetched.
    """
    if not (record.cached and record.entry.digest) or is_nested(base, record.folder):
        return None
    if is_here(project.cache, record):
        return None
    return Need(path=path, record=record, remote=remote or record.entry.remote)


def is_here(cache: LocalCache, record: Tracked) -> bool:
    """Tell whether a file, or the list of a folder and every file of it, is in the cache."""
    if not cache.holds(record.folder, record.entry.digest):
        return False
    listed = members(cache, record) if record.entry.is_folder else None
    return all(cache.holds(record.folder, one.md5) for one in listed or ())


def write_folder(place: Path, contents: Mapping[str, bytes]) -> None:
    """Write a folder that appears whole, or not at all; raises `ExternalError` when it cannot be written."""
    try:
        with staging(place) as folder:
            # The settings of this machine may hold credentials.
            (whole := folder / "whole").mkdir(mode=0o700)
            for name, content in contents.items():
                write_atomically(whole / name, content)
            move_into_place(whole, place)
    except OSError as error:
        raise cannot_write(place, error) from error


def errand(project: Project, base: Revision, files: tuple[Need, ...]) -> dict[str, bytes]:
    """Return the files of the small repository."""
    place = project.root / ".dvc"
    shared = base.content(SETTINGS) or b""
    own = not place.is_symlink() and not is_tracked(project.repository, LOCAL_SETTINGS)
    settings = detached_configuration(place, shared, local=own)
    pointers = {
        f"{number}.dvc": pointer_text(one.record.entry, str(number), one.remote).encode()
        for number, one in enumerate(files, start=1)
    }
    return {SETTINGS: shared, LOCAL_SETTINGS: settings.encode(), **pointers}


def is_nested(base: Revision, folder: str) -> bool:
    """Tell whether a pipeline belongs to a DVC repository that is not the one at the root."""
    known = base.paths()
    while folder:
        if f"{folder}/{SETTINGS}" in known:
            return True
        folder = folder_of(folder)
    return False
