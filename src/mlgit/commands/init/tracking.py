"""Data of a repository that stands, put under DVC: made beside it, so that Git never sees the data without the rule for it."""

from __future__ import annotations

import posixpath
from pathlib import Path

from mlgit.commands.init.source import Source
from mlgit.dvc.command import Dvc
from mlgit.dvc.inherited import inherited_configuration
from mlgit.git.repository import Repository
from mlgit.git.writer import init
from mlgit.world.context import Context
from mlgit.world.files import cannot_write, copy_file, move_into_place, read_bytes, write_atomically
from mlgit.world.staging import staging

IGNORE = ".gitignore"
SETTINGS = ".dvc/config"


def changed_ignore(root: Path, raw_path: str) -> str:
    """Return the .gitignore of the user's that `dvc add` would change, empty when there is none or it has the line."""
    ignore = (root / raw_path).parent / IGNORE
    lines = (read_bytes(ignore) or b"").decode("utf-8", "replace").splitlines()
    as_it_is = not ignore.exists() or f"/{posixpath.basename(raw_path)}" in lines
    return "" if as_it_is else ignore.relative_to(root).as_posix()


def add_data(context: Context, root: Path, source: Source, raw_path: str, their_ignore: str) -> list[str]:
    """Put the data under DVC unless Git or DVC has them already; tell what was not done.

    `their_ignore` is the .gitignore of the user's that `dvc add` would extend, empty when there is none. Raises
    `ExternalError` when DVC or the file system refuses.
    """
    place = root / raw_path
    repository = Repository(context, root)
    tracked = repository.run("ls-files", "--error-unmatch", "--", raw_path, check=False).exit_code == 0
    if tracked or (root / f"{raw_path}.dvc").exists():
        return []
    if their_ignore:
        if not place.exists():
            source.write(place)
        return [
            f"{raw_path} is not under DVC yet, because that changes your {their_ignore}: dvc add {raw_path}"
        ]
    try:
        with staging(place) as folder:
            made = added(context, root, source, raw_path, folder)
            # The rule before the data, the data before what tells of them.
            for path in (f"{posixpath.dirname(raw_path)}/{IGNORE}".lstrip("/"), raw_path, f"{raw_path}.dvc"):
                move_into_place(made / path, root / path)
    except OSError as error:
        raise cannot_write(place, error) from error
    return []


def added(context: Context, root: Path, source: Source, raw_path: str, folder: Path) -> Path:
    """Let DVC add the data in a repository of its own with the cache of `root`; return where that stands."""
    copy, place = folder / "tree", root / raw_path
    copy.mkdir()
    init(context, copy, templates=False)
    write_atomically(copy / SETTINGS, read_bytes(root / SETTINGS) or b"")
    write_atomically(copy / f"{SETTINGS}.local", inherited_configuration(root / ".dvc").encode())
    (copy / raw_path).parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        copy_file(place, copy / raw_path)
    else:
        source.write(copy / raw_path)
    if (standing := read_bytes(place.parent / IGNORE)) is not None:
        write_atomically((copy / raw_path).parent / IGNORE, standing)
    separate = context.with_environment({"DVC_SITE_CACHE_DIR": str(folder / "site")})
    Dvc(separate, copy).run("add", "--quiet", "--", raw_path)
    return copy
