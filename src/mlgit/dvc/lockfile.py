"""Read dvc.lock: what each stage was run with and what came out of it. Schemas 1.0 and 2.0."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from mlgit import yamlfile
from mlgit.dvc.hashing import Member, members_digest
from mlgit.dvc.shape import Place
from mlgit.errors import UsageError

FILE = "dvc.lock"
DIGESTS = ("md5", "etag", "checksum")


class Entry(Struct, frozen=True, kw_only=True):
    """A file or folder with its digest.

    A folder's digest ends in `.dir`. `listed` are its files where the entry itself lists them: a remote that keeps versions
    has no list of its own (https://dvc.org/doc/user-guide/data-management/cloud-versioning). `legacy`: written before DVC 3, which hashed texts with line ends made the same.
    `remote`: the one that a .dvc file names for it.
    """

    path: str
    digest: str = ""
    size: int | None = None
    files: int | None = None
    legacy: bool = False
    listed: tuple[Member, ...] = ()
    remote: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, whose digest names a list of files."""
        return self.digest.endswith(".dir")


class LockedStage(Struct, frozen=True, kw_only=True):
    """A stage as it was last run. Paths are written as in dvc.yaml."""

    name: str
    command: str | tuple[str, ...]
    dependencies: tuple[Entry, ...] = ()
    parameters: dict[str, dict[str, Any]] = {}
    outputs: tuple[Entry, ...] = ()


class Lock(Struct, frozen=True, kw_only=True):
    """A dvc.lock."""

    stages: dict[str, LockedStage] = {}


def is_lock(path: str) -> bool:
    """Tell whether a path is that of a dvc.lock."""
    return path.rpartition("/")[2] == FILE


def read(content: bytes | str, name: str = FILE) -> Lock:
    """Return what a dvc.lock holds; raises `UsageError` with file and line when it is not one."""
    document = yamlfile.read(content, name)
    top = Place(document, document.value)
    if "schema" not in top.mapping():
        return Lock(stages=locked_stages(top))
    schema = top.at("schema")
    if schema.value not in ("2.0", 2.0):
        raise UsageError(
            "dvc-lock-schema",
            f"{name} has the schema {schema.value!r}, known are 1.0 and 2.0",
            hint="a newer mlgit may know it",
            where=document.place("schema"),
        )
    return Lock(stages=locked_stages(top.at("stages")))


def locked_stages(place: Place) -> dict[str, LockedStage]:
    """Return the stages by name."""
    return {name: locked_stage(name, entry) for name, entry in place.entries()}


def locked_stage(name: str, place: Place) -> LockedStage:
    """Return one stage."""
    line = place.at("cmd")
    if isinstance(line.value, list):
        command: str | tuple[str, ...] = tuple(item.text() for item in line.items())
    else:
        command = line.text()
    return LockedStage(
        name=name,
        command=command,
        dependencies=tuple(entry(item) for item in place.at("deps").items()),
        parameters={file: dict(values.mapping()) for file, values in place.at("params").entries()},
        outputs=tuple(entry(item) for item in place.at("outs").items()),
    )


def entry(place: Place) -> Entry:
    """Return one file or folder with its digest, a folder's from the files it lists where none is written."""
    digest = next((place.at(key).text() for key in DIGESTS if key in place.mapping()), "")
    files = place.at("files").items()
    listed = tuple(Member(one.at("relpath").text(), one.at("md5").text_or("")) for one in files)
    known = bool(listed) and all(one.md5 for one in listed)
    sizes = [one.at("size").number() for one in files]
    size = place.at("size").number()
    if size is None and files and all(one is not None for one in sizes):
        size = sum(one or 0 for one in sizes)
    return Entry(
        path=place.at("path").text(),
        digest=digest or (members_digest(listed) if known else ""),
        size=size,
        files=len(files) if files else place.at("nfiles").number(),
        legacy="md5" in place.mapping() and "hash" not in place.mapping(),
        listed=listed if known else (),
        remote=place.at("remote").text_or(""),
    )
