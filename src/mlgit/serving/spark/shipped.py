"""A release as bytes, for processes on machines that do not have its files: the model, what lies beside it, and the user's loader."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from msgspec import Struct, structs

from mlgit.serving.release import EXPORT, Release, files_below
from mlgit.serving.served import Served, serve
from mlgit.world.files import resolved
from mlgit.world.staging import scratch_of_process

ENVIRONMENT = "pyvenv.cfg"


class Shipped(Struct, frozen=True, kw_only=True):
    """A release and the files that it needs as a tar; paths in both are below the folder of the release."""

    release: Release
    content: bytes


def shipped(release: Release) -> Shipped:
    """Return a release with its files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for file in dict.fromkeys(files_of(release)):
            archive.add(resolved(file), arcname=file.relative_to(release.folder).as_posix())
    return Shipped(release=release, content=content.getvalue())


def files_of(release: Release) -> Iterator[Path]:
    """Yield the files that the model of a release is loaded from."""
    yield from files_below(release.path) if release.path.is_dir() else [release.path]
    if (beside := release.path.parent / EXPORT).is_file():
        yield beside
    if release.settings.loader is not None:
        loader = release.folder / release.settings.loader
        yield loader
        yield from modules(loader.parent)


def modules(folder: Path) -> Iterator[Path]:
    """Yield the Python files that a loader of a folder may import: none of a hidden folder or a virtual environment."""
    for one in sorted(folder.iterdir()):
        if one.name.startswith(".") or (one / ENVIRONMENT).exists():
            continue
        if one.is_dir() and not one.is_symlink():
            yield from modules(one)
        elif one.suffix == ".py":
            yield one


@lru_cache(maxsize=1)
def arrived(content: bytes) -> Path:
    """Return a folder with the files of a release; it goes when this process ends."""
    folder = scratch_of_process()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")
    return folder


LOADED: dict[Path, Served] = {}
"""A worker of Spark lives for many tasks and loads the model once."""


def loaded(one: Shipped) -> Served:
    """Return the model of a release that was shipped to this process; raises `UsageError` (`serve-...`)."""
    folder = arrived(one.content)
    if folder not in LOADED:
        inside = one.release.path.relative_to(one.release.folder)
        LOADED[folder] = serve(structs.replace(one.release, folder=folder, path=folder / inside))
    return LOADED[folder]
