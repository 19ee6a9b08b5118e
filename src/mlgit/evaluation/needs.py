"""What the gates need of the base and this machine lacks, as a small DVC repository that only has to be fetched.

Who has the credentials of the storage then runs `dvc fetch` there, and nothing else: the folder holds the settings of
the base and digests from its dvc.lock, and no file of the head.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from mlgit.config.model import Model
from mlgit.dvc.content import inside_folder
from mlgit.dvc.inherited import detached_configuration
from mlgit.dvc.paths import folder_of
from mlgit.dvc.pointer import pointer_text
from mlgit.dvc.tracked import Tracked, outputs
from mlgit.errors import UsageError
from mlgit.evaluation.inputs import Inputs, at_merge_base, side_of
from mlgit.evaluation.pipeline import evidence_paths
from mlgit.git.tracked import is_tracked
from mlgit.metrics.verdict import Side
from mlgit.project.project import Project
from mlgit.world.files import cannot_write, move_into_place, resolved, write_atomically
from mlgit.world.staging import staging

SETTINGS = ".dvc/config"
LOCAL_SETTINGS = ".dvc/config.local"


class Need(Struct, frozen=True, kw_only=True):
    """A file that DVC keeps: its path, its record in dvc.lock, and the remote of its own, if it has one."""

    path: str
    record: Tracked
    remote: str = ""


class Needs(Struct, frozen=True, kw_only=True):
    """What the base's gates need, and the folder in which `dvc fetch` brings it; empty `files`: no folder was made."""

    base: Side
    folder: str
    files: tuple[Need, ...]


def write_needs(project: Project, base: str, head: str | None, folder: str, *, model: str = "") -> Needs:
    """Write the small DVC repository to `folder` and return what is in it; evaluate nothing.

    Raises `UsageError` for a folder that is there, and for what `gate` refuses of the base.
    """
    place = resolved(project.context.directory / folder)
    if place.exists():
        raise UsageError("needs-folder", f"{folder} is there already", hint="name a folder that is not there")
    if place.is_relative_to(resolved(project.root)):
        raise UsageError(
            "needs-folder", f"{folder} lies in this repository", hint="name a folder outside of it"
        )
    inputs = at_merge_base(project, base, head)
    files = tuple(needs_of(inputs, model))
    if files:
        write_folder(place, errand(inputs, project.root / ".dvc", files))
    return Needs(base=side_of(inputs.base), folder=folder, files=files)


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


def needs_of(inputs: Inputs, only: str) -> Iterator[Need]:
    """Yield what the gated models of the base rest on there, and what neither Git nor the cache has."""
    seen: set[str] = set()
    for name, model in inputs.models.items():
        if model.gates and (not only or name in only.split(",")):
            fresh = [one for one in needs_of_model(inputs, model) if one.path not in seen]
            seen |= {one.path for one in fresh}
            yield from fresh


def needs_of_model(inputs: Inputs, model: Model) -> Iterator[Need]:
    """Yield the same for one model. A DVC repository below the root of the Git repository is left out."""
    cache = inputs.project.cache
    state, _ = inputs.pipelines(model.folder)
    remotes = {path: output.remote for path, output in outputs(state.folder, state.pipeline)}
    for path in evidence_paths(inputs, model):
        if path in inputs.base.paths():
            continue
        record = state.tracked.get(path) or inside_folder(cache, path, state.tracked)
        if record is None or not (record.cached and record.entry.digest) or is_nested(inputs, record.folder):
            continue
        if not cache.holds(record.folder, record.entry.digest):
            yield Need(path=path, record=record, remote=remotes.get(record.path, ""))


def is_nested(inputs: Inputs, folder: str) -> bool:
    """Tell whether a pipeline belongs to a DVC repository that is not the one at the root."""
    known = inputs.base.paths()
    while folder:
        if f"{folder}/{SETTINGS}" in known:
            return True
        folder = folder_of(folder)
    return False


def errand(inputs: Inputs, place: Path, files: tuple[Need, ...]) -> dict[str, bytes]:
    """Return the files of the small repository; `place` is the folder `.dvc` of this one."""
    shared = inputs.base.content(SETTINGS) or b""
    own = not place.is_symlink() and not is_tracked(inputs.project.repository, LOCAL_SETTINGS)
    settings = detached_configuration(place, shared, local=own)
    pointers = {
        f"{number}.dvc": pointer_text(one.record.entry, str(number), one.remote).encode()
        for number, one in enumerate(files, start=1)
    }
    return {SETTINGS: shared, LOCAL_SETTINGS: settings.encode(), **pointers}
