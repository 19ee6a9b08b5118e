"""A small DVC repository for one table: DVC writes there, and what it made takes its place in two steps.

DVC empties a file before it writes it, and takes a table away before it brings the new one. So it never works in the tree of
a user: killed or out of space, it leaves that as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from mlgit import yamlfile
from mlgit.commands.data.target import Target
from mlgit.dvc import pointer as pointers
from mlgit.dvc.command import Dvc
from mlgit.dvc.inherited import detached_configuration
from mlgit.dvc.pointer import Pointer
from mlgit.world.context import Context
from mlgit.world.files import cannot_write, move_into_place, read_bytes, resolved, staged, write_atomically
from mlgit.world.staging import staging

SETTINGS = ".dvc/config"


class TableCopy:
    """A table and its .dvc file below a folder of their own, with the cache and the remotes of the repository."""

    def __init__(self, context: Context, target: Target, folder: Path) -> None:
        standing = read_bytes(target.root / target.pointer_path) if target.pointer is not None else None
        self.target = target
        self.standing = standing or b""
        self.origin = target.origin or target.root
        self.root = folder.joinpath(*["tree"] * (1 + max(map(levels_up, self.sources()), default=0)))
        self._context = context.with_environment({"DVC_SITE_CACHE_DIR": str(folder / "site")})

    @property
    def place(self) -> Path:
        """Where the new table lies."""
        return self.root / self.target.table.path

    @property
    def dvc(self) -> Dvc:
        """DVC in this folder."""
        return Dvc(self._context, self.root)

    @property
    def pointer(self) -> Pointer:
        """What the new .dvc file says."""
        return pointers.read(self._made(), self.target.pointer_path)

    def sources(self) -> list[str]:
        """Return the relative paths, from the root, of the files and repositories that the .dvc file imports from."""
        if not self.standing:
            return []
        value = yamlfile.read(self.standing, self.target.pointer_path).value
        folder = PurePosixPath(self.target.table.path).parent / str(value.get("wdir", "."))
        named = [
            str(one["repo"].get("url", ""))
            if isinstance(one.get("repo"), dict)
            else str(folder / str(one.get("path", "")))
            for one in value.get("deps", ())
        ]
        return [os.path.normpath(path) for path in named if (self.origin / path).exists()]

    def prepare(self) -> None:
        """Write what DVC needs: the settings, the standing .dvc file, and links to what stands beside the repository."""
        self.place.parent.mkdir(parents=True)
        if not self.standing:
            return
        shared = read_bytes(self.target.root / SETTINGS) or b""
        local = detached_configuration(self.target.root / ".dvc", shared, local=True)
        write_atomically(self.root / SETTINGS, shared)
        write_atomically(self.root / f"{SETTINGS}.local", local.encode())
        write_atomically(self.root / self.target.pointer_path, self.standing)
        for path in self.sources():
            place = Path(os.path.normpath(self.root / path))
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(resolved(self.origin / path))

    def take_over(self) -> None:
        """Put the new table in place, then its .dvc file.

        In between Git sees nothing new, and the next update goes on: the cache has the new table already.
        """
        place = self.target.root / self.target.pointer_path
        with staged(place, self._made()) as pointer:
            if self.place.exists():
                move_into_place(self.place, self.target.place)
            move_into_place(pointer, place)

    def _made(self) -> bytes:
        """Return the new .dvc file."""
        return read_bytes(self.root / self.target.pointer_path) or b""


def levels_up(path: str) -> int:
    """Return how many folders above the root a relative path starts."""
    return path.split("/").count("..")


@contextmanager
def copy_of(context: Context, target: Target) -> Iterator[TableCopy]:
    """Give a copy of a table without its data; it goes afterwards."""
    try:
        with staging(target.place) as folder:
            made = TableCopy(context, target, folder)
            made.prepare()
            yield made
    except OSError as error:
        raise cannot_write(target.place, error) from error
