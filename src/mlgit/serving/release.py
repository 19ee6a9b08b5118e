"""What is served: a model on disk, with what mlgit.yaml beside it says of it. No Git is needed to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from mlgit.config.model import Configuration, Model
from mlgit.config.reader import read
from mlgit.config.serving import Serving
from mlgit.data import schema_file
from mlgit.data.schema import Schema
from mlgit.dvc.disk_evidence import file_digest
from mlgit.dvc.hashing import Member, members_digest
from mlgit.errors import UsageError
from mlgit.world.files import read_bytes

FILE = "mlgit.yaml"
EXPORT = "export.json"
"""What lies beside an exported model and says of which columns it is."""


class Release(Struct, frozen=True, kw_only=True):
    """A model on disk: `folder` holds mlgit.yaml (or is the model's own), `path` is the model.

    `version`, `digest` and `commit` are empty for a file that nobody registered. `schema` is None where nothing says
    what its rows have to keep.
    """

    name: str
    path: Path
    folder: Path
    settings: Serving = Serving()
    schema: Schema | None = None
    version: str = ""
    digest: str = ""
    commit: str = ""


def release_of(path: Path, told: Mapping[str, str] | None = None) -> Release:
    """Return the model at a path; `told` are the variables that `mlgit deploy` gives a server (`MLGIT_MODEL`, ...).

    Raises `UsageError` (`serve-no-model`, `artifact-swapped`, and those of mlgit.yaml and the schema).
    """
    told, path = told or {}, path.absolute()
    if not path.exists():
        raise UsageError(
            "serve-no-model",
            f"there is no model {path.name}",
            hint="mlgit models lists versions",
            where=str(path),
        )
    folder = next((one for one in path.parents if (one / FILE).is_file()), None)
    settings = read(read_bytes(folder / FILE) or b"") if folder else Configuration(version=1)
    inside = path.relative_to(folder).as_posix() if folder else path.name
    name = told.get("MLGIT_MODEL") or name_at(settings, inside) or path.stem
    model = settings.models.get(name, Model())
    release = Release(
        name=name,
        path=path,
        folder=folder or path.parent,
        settings=model.serve,
        schema=schema_of(settings, model.serve, folder),
        version=told.get("MLGIT_VERSION", ""),
        digest=told.get("MLGIT_DIGEST", ""),
        commit=told.get("MLGIT_COMMIT", ""),
    )
    require_digest(release)
    return release


def name_at(settings: Configuration, path: str) -> str:
    """Return the model of mlgit.yaml whose artifact a path is, or lies in or around; empty where none is."""
    for name, model in settings.models.items():
        artifact = model.artifact or ""
        if artifact and (
            path == artifact or path.startswith(f"{artifact}/") or artifact.startswith(f"{path}/")
        ):
            return name
    return ""


def schema_of(settings: Configuration, serve: Serving, folder: Path | None) -> Schema | None:
    """Return the schema that rows have to keep; raises `UsageError` (`serve-table`) for a table that is not there."""
    tables = settings.data
    if serve.table is not None and serve.table not in tables:
        raise UsageError(
            "serve-table",
            f"serve.table names {serve.table!r}, and data: of mlgit.yaml has no such table",
            hint=f"its tables are: {', '.join(tables) or 'none'}",
            where=FILE,
        )
    table = tables.get(serve.table or (next(iter(tables)) if len(tables) == 1 else ""))
    content = read_bytes(folder / table.schema) if table and folder else None
    return schema_file.read(content, table.schema) if table and content is not None else None


def require_digest(release: Release) -> None:
    """Raise `UsageError` (`artifact-swapped`) unless the model, or a folder around it, has the digest of its version."""
    wanted = release.digest.partition(":")[2]
    if not wanted:
        return
    around = [release.path, *(one for one in release.path.parents if release.folder in one.parents)]
    if not any(digest_of(place) == wanted for place in around if place.is_dir() is wanted.endswith(".dir")):
        raise UsageError(
            "artifact-swapped",
            f"{release.path.name} is not the model whose digest {release.version or 'its version'} names",
            hint="somebody replaced it: mlgit deploy, or mlgit serve MODEL@VERSION, brings the registered one",
            where=str(release.path),
        )


def digest_of(place: Path) -> str:
    """Return the digest that DVC gives a file or a folder."""
    if place.is_file():
        return file_digest(place, legacy=False)
    return members_digest(
        Member(one.relative_to(place).as_posix(), file_digest(one, legacy=False))
        for one in files_below(place)
    )


def identity(release: Release) -> str:
    """Return a digest of everything that answers depend on: the model, what lies beside it, its loader, its schema and settings."""
    beside = (release.path / EXPORT if release.path.is_dir() else release.path.with_name(EXPORT),)
    loader = (release.folder / release.settings.loader,) if release.settings.loader else ()
    parts = [
        (release.digest or digest_of(release.path)).encode(),
        msgspec.json.encode((release.settings, release.schema)),
        *(read_bytes(place) or b"" for place in (*beside, *loader)),
    ]
    return sha256(b"".join(b"%d:%b" % (len(one), one) for one in parts)).hexdigest()


def files_below(place: Path) -> Iterator[Path]:
    """Yield every file of a folder."""
    return (one for one in sorted(place.rglob("*")) if one.is_file())
