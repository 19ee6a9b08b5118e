"""The model itself: which output of the pipeline it is, and whether the DVC remote has it with its digest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from mlgit.config.model import Model
from mlgit.dvc.disk_evidence import file_digest
from mlgit.dvc.hashing import content_digest, read_folder
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import below, joined
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError, UsageError
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.project.roots import asked
from mlgit.world.files import read_bytes, write_atomically


class Artifact(Struct, frozen=True, kw_only=True):
    """A model at a commit: its path, and the output that holds it with its digest as dvc.lock has it."""

    path: str
    output: Tracked

    @property
    def digest(self) -> str:
        """The digest with its kind."""
        return f"md5:{self.output.entry.digest}"


def artifact_at(revision: Revision, name: str, model: Model) -> Artifact:
    """Return the model that a revision holds.

    Raises `UsageError` (`artifact-unnamed`, `artifact-unrecorded`) where mlgit.yaml names none, or dvc.lock knows none.
    """
    path = joined(model.artifact) if model.artifact else None
    if path is None:
        raise UsageError(
            "artifact-unnamed",
            f"mlgit.yaml at {revision.name[:12]} does not say which file is the model {name}",
            hint=f"models.{name}.artifact names an output of the pipeline",
        )
    made = [one for one in revision.tracked(model.folder).tracked.values() if one.role == "made"]
    found = next((one for one in made if below(one.path, path) and one.entry.digest), None)
    if found is None:
        raise UsageError(
            "artifact-unrecorded",
            f"no stage that dvc.lock at {revision.name[:12]} records made {path}",
            hint="mlgit train, then commit dvc.lock",
        )
    return Artifact(path=path, output=found)


def require_in_storage(project: Project, commit: str, artifact: Artifact) -> None:
    """Look at the model where the next machine will take it from: the DVC remote, or Git for what DVC does not keep.

    It is fetched into an empty cache and hashed. Raises `UsageError` (`artifact-not-stored`, `artifact-swapped`).
    """
    if not artifact.output.cached:
        require_in_git(project.at(commit), artifact)
        return
    with fetched(project, commit, artifact):
        return


@contextmanager
def fetched(
    project: Project, commit: str, artifact: Artifact, cache: Path | None = None
) -> Iterator[tuple[Path, Path]]:
    """Give a copy of a commit and a cache that holds its model as the DVC remote does, checked by its digest.

    What lies in `cache` already, and is what its digest says, is not fetched again; without one the cache goes with the
    copy when the work is done. Raises as `require_in_storage` does.
    """
    with project.sandbox() as sandbox:
        tree = sandbox.check_out(project.at(commit).files)
        place = cache or sandbox.folder / "fetched"
        if not (cache and holds(cache, artifact)):
            empty_cache(tree.root, place)
            try:
                for dvc, paths in asked(project.context, tree.root, [artifact.output.path]):
                    dvc.run("fetch", "--quiet", *paths)
            except MlgitError as error:
                raise not_stored(artifact, error.message) from error
        require_content(place, artifact)
        yield tree.root, place


def holds(cache: Path, artifact: Artifact) -> bool:
    """Tell whether a folder of objects holds a model, each object as its digest says."""
    try:
        require_content(cache, artifact)
    except UsageError:
        return False
    return True


def bring(project: Project, commit: str, artifact: Artifact, cache: Path) -> None:
    """Bring the model of a commit into a folder of objects; raises as `require_in_storage` does."""
    if artifact.output.cached:
        with fetched(project, commit, artifact, cache):
            return


@contextmanager
def delivered(project: Project, commit: str, artifact: Artifact, cache: Path | None = None) -> Iterator[Path]:
    """Give a copy of a commit with its model in it, as the DVC remote or Git holds it, checked by its digest.

    It has no history and no settings of DVC. `cache` may hold the model already. Raises as `require_in_storage` does.
    """
    if not artifact.output.cached:
        require_in_git(project.at(commit), artifact)
        with project.sandbox() as sandbox:
            yield bare(sandbox.check_out(project.at(commit).files).root)
        return
    with fetched(project, commit, artifact, cache) as (tree, objects):
        for relative, source in contents(objects, artifact):
            place = tree / artifact.output.path / relative if relative else tree / artifact.output.path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
        yield bare(tree)


def bare(tree: Path) -> Path:
    """Take the history and the settings of DVC on this machine away from a copy of a commit."""
    shutil.rmtree(tree / ".git", ignore_errors=True)
    for place in tree.glob("**/.dvc/config.local"):
        place.unlink()
    return tree


def contents(cache: Path, artifact: Artifact) -> Iterator[tuple[str, Path]]:
    """Yield each file of a model that was fetched: its path below the output, empty for the output itself, and where it lies."""
    entry = artifact.output.entry
    if not entry.is_folder:
        yield "", required(cache, entry, artifact)
        return
    for member in read_folder(read_bytes(required(cache, entry, artifact)) or b"", artifact.output.path):
        if joined(member.relpath) != member.relpath:
            raise swapped(artifact)
        yield (
            member.relpath,
            required(cache, Entry(path=member.relpath, digest=member.md5, legacy=entry.legacy), artifact),
        )


def bring_predictions(project: Project, commit: str, model: Model) -> None:
    """Fetch the predictions of a gated model at a commit that DVC keeps and this machine lacks, into its cache.

    What cannot be fetched is no error here: the gates say that they lack it.
    """
    revision, path = project.at(commit), model.predictions or ""
    found = revision.tracked(model.folder).tracked.get(path)
    if not model.gates or found is None or not found.cached or not found.entry.digest:
        return
    if project.cache.holds(found.folder, found.entry.digest):
        return
    with project.sandbox() as sandbox:
        tree = sandbox.check_out(revision.files)
        try:
            for dvc, paths in asked(project.context, tree.root, [path]):
                dvc.run("fetch", "--quiet", *paths)
        except MlgitError as error:
            project.context.console.warn(f"{path} at {commit[:12]}: {error.message}")


def empty_cache(root: Path, cache: Path) -> None:
    """Let DVC fetch into a folder of our own, whatever this machine has already."""
    from mlgit.dvc.inherited import with_cache

    for place in root.glob("**/.dvc"):
        if (place / "config").is_file():
            write_atomically(place / "config.local", with_cache(place, cache).encode())


def require_in_git(revision: Revision, artifact: Artifact) -> None:
    """Raise `UsageError` (`artifact-not-stored`, `artifact-swapped`) when Git does not hold what dvc.lock says."""
    content = revision.content(artifact.output.path)
    if artifact.output.entry.is_folder:
        return
    if content is None:
        raise not_stored(artifact, "neither DVC nor Git keeps it")
    entry = artifact.output.entry
    if content_digest(content, legacy=entry.legacy) != entry.digest:
        raise swapped(artifact)


def require_content(cache: Path, artifact: Artifact) -> None:
    """Raise `UsageError` when a fetched object, or one that its list names, is missing or not what its name says."""
    entry = artifact.output.entry
    listed = required(cache, entry, artifact)
    for member in read_folder(read_bytes(listed) or b"", artifact.output.path) if entry.is_folder else ():
        required(cache, Entry(path=member.relpath, digest=member.md5, legacy=entry.legacy), artifact)


def required(cache: Path, entry: Entry, artifact: Artifact) -> Path:
    """Return where a fetched object lies that is what its name says."""
    name = entry.digest
    places = (cache / "files" / "md5" / name[:2] / name[2:], cache / name[:2] / name[2:])
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise not_stored(artifact, f"the remote has no {entry.path}")
    if name.removesuffix(".dir") not in (
        file_digest(found, legacy=legacy) for legacy in (False, entry.legacy)
    ):
        raise swapped(artifact)
    return found


def not_stored(artifact: Artifact, why: str) -> UsageError:
    """Return the error for a model that no other machine can get."""
    return UsageError(
        "artifact-not-stored",
        f"the model {artifact.output.path} is not in the DVC remote: {why}",
        hint=f"dvc push {artifact.output.path}; dvc remote list shows where to",
    )


def swapped(artifact: Artifact) -> UsageError:
    """Return the error for a model whose content is not what its digest says."""
    return UsageError(
        "artifact-swapped",
        f"what the storage holds of {artifact.output.path} is not what its digest says",
        hint="somebody replaced it there: mlgit reproduce makes it again, then dvc push",
    )
