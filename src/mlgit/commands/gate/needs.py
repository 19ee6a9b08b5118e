"""What the gates need of the base and this machine lacks, as a small DVC repository that only has to be fetched.

Who has the credentials of the storage then runs `dvc fetch` there, and nothing else: the folder holds the settings of
the base and digests from its dvc.lock, and no file of the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from mlgit.commands.gate.bench import Bench
from mlgit.commands.gate.pipeline import evidence_paths
from mlgit.commands.gate.walk import moments
from mlgit.config.model import Model
from mlgit.dvc.borrowed import errand_configuration
from mlgit.dvc.paths import folder_of, joined
from mlgit.dvc.pointer import pointer_text
from mlgit.dvc.tracked import Tracked, outputs
from mlgit.errors import UsageError
from mlgit.git.repository import Repository, find
from mlgit.metrics.moments import Side
from mlgit.predictions.stored import inside_folder
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

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


def write_needs(context: Context, base: str, head: str | None, folder: str, *, model: str = "") -> Needs:
    """Write the small DVC repository to `folder` and return what is in it; judge nothing.

    Raises `UsageError` for a folder that is there, and for what `gate` refuses of the base.
    """
    repository = find(context)
    place = (context.directory / folder).resolve()
    if place.exists():
        raise UsageError("needs-folder", f"{folder} is there already", hint="name a folder that is not there")
    if place.is_relative_to(repository.root.resolve()):
        raise UsageError(
            "needs-folder", f"{folder} lies in this repository", hint="name a folder outside of it"
        )
    bench = moments(repository, base, head)
    files = tuple(needs_of(bench, model))
    if files:
        # The settings of this machine may hold credentials.
        place.mkdir(mode=0o700, parents=True)
        for name, content in errand(bench, repository.root / ".dvc", files).items():
            write_atomically(place / name, content)
    side = bench.moments.base
    return Needs(base=Side(name=side.name, commit=side.commit), folder=folder, files=files)


def needs_of(bench: Bench, only: str) -> Iterator[Need]:
    """Yield what the gated models of the base rest on there, and what neither Git nor the cache has."""
    models = bench.base.models if bench.base else {}
    seen: set[str] = set()
    for name, model in models.items():
        if model.gates and (not only or name == only):
            fresh = [one for one in needs_of_model(bench, model) if one.path not in seen]
            seen |= {one.path for one in fresh}
            yield from fresh


def needs_of_model(bench: Bench, model: Model) -> Iterator[Need]:
    """Yield the same for one model. A DVC repository below the root of the Git repository is left out."""
    base, cache = bench.moments.base, bench.reader.cache
    state = bench.state(base, joined(model.pipeline) or "")
    remotes = {path: output.remote for path, output in outputs(state.folder, state.pipeline)}
    for path in evidence_paths(bench, model):
        if bench.blobs.content(base, path) is not None:
            continue
        record = state.tracked.get(path) or inside_folder(cache, path, state.tracked)
        if record is None or not (record.cached and record.entry.digest) or is_nested(bench, record.folder):
            continue
        if not cache.holds(record.folder, record.entry.digest):
            yield Need(path=path, record=record, remote=remotes.get(record.path, ""))


def is_nested(bench: Bench, folder: str) -> bool:
    """Tell whether a pipeline belongs to a DVC repository that is not the one at the root."""
    known = bench.moments.base.paths()
    while folder:
        if f"{folder}/{SETTINGS}" in known:
            return True
        folder = folder_of(folder)
    return False


def errand(bench: Bench, place: Path, files: tuple[Need, ...]) -> dict[str, bytes]:
    """Return the files of the small repository; `place` is the folder `.dvc` of this one."""
    shared = bench.blobs.content(bench.moments.base, SETTINGS) or b""
    own = not place.is_symlink() and not is_tracked(bench.repository, LOCAL_SETTINGS)
    settings = errand_configuration(place, shared, local=own)
    pointers = {
        f"{number}.dvc": pointer_text(one.record.entry, str(number), one.remote).encode()
        for number, one in enumerate(files, start=1)
    }
    return {SETTINGS: shared, LOCAL_SETTINGS: settings.encode(), **pointers}


def is_tracked(repository: Repository, path: str) -> bool:
    """Tell whether Git tracks a file: then it may be anybody's, not this machine's."""
    return bool(repository.run("ls-files", "-z", "--cached", "--", path).stdout)
