"""A table that is to be fetched anew: where it lies, what its .dvc file says, and how it comes here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from mlgit.config.model import Configuration, Table
from mlgit.config.reader import FILE
from mlgit.dvc import pointer as pointers
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.disk_evidence import file_digest
from mlgit.dvc.paths import folder_of
from mlgit.dvc.pointer import Pointer
from mlgit.errors import MlgitError, UsageError
from mlgit.project.tables import chosen_tables
from mlgit.world.files import move_into_place, read_bytes

IMPORTS = {"imported": "dvc import", "imported from a URL": "dvc import-url"}
COMMAND = "command"
IMPORTED = b"deps:"
"""What a .dvc file of imported data has and another has not."""


class Target(Struct, frozen=True, kw_only=True):
    """One table, and the .dvc file beside it where there is one.

    `damage` says why that cannot be read, `maybe_imported` whether it may have told where the data come from. Relative
    paths of what it imports start in `origin`, the repository of which `root` may be a copy.
    """

    name: str
    table: Table
    root: Path
    pointer: Pointer | None = None
    damage: MlgitError | None = None
    maybe_imported: bool = False
    origin: Path | None = None

    @property
    def place(self) -> Path:
        """Where the table lies."""
        return self.root / self.table.path

    @property
    def pointer_path(self) -> str:
        """The path of its .dvc file."""
        return self.table.path + pointers.SUFFIX

    @property
    def is_fetched(self) -> bool:
        """Whether something tells, or may have told, where it comes from."""
        return bool(self.source) or self.maybe_imported

    @property
    def source(self) -> str:
        """How it is fetched; empty when nobody knows."""
        if self.table.source:
            return COMMAND
        return IMPORTS.get(self.pointer.source, "") if self.pointer else ""


def targets_of(root: Path, configuration: Configuration, names: Sequence[str] = ()) -> list[Target]:
    """Return the tables to fetch, every one that has a source, or may have one, when none is named.

    Raises `UsageError` (`table-no-source`) when nothing tells where one comes from.
    """
    targets = [target_of(root, name, table) for name, table in chosen_tables(configuration, names).items()]
    silent = [one for one in targets if not one.is_fetched]
    if (names and silent) or len(silent) == len(targets):
        raise UsageError(
            "table-no-source",
            f"nothing tells where {silent[0].name} comes from",
            hint=f"give it a source: in {FILE}, or bring it by dvc import or dvc import-url",
            where=FILE,
        )
    return [one for one in targets if one.is_fetched]


def target_of(root: Path, name: str, table: Table) -> Target:
    """Return a table with what its .dvc file says, or with why that cannot be read."""
    path = table.path + pointers.SUFFIX
    content: bytes | None = None
    try:
        content = read_bytes(root / path)
        pointer = pointers.read(content, path) if content is not None else None
    except MlgitError as error:
        maybe = content is None or IMPORTED in content
        return Target(name=name, table=table, root=root, damage=error, maybe_imported=maybe)
    return Target(name=name, table=table, root=root, pointer=pointer)


@contextmanager
def without_damaged(root: Path, configuration: Configuration) -> Iterator[None]:
    """Set the .dvc files of tables aside that cannot be read: DVC reads every one, and would then do nothing at all."""
    with ExitStack() as stack:
        for name, table in configuration.data.items():
            one = target_of(root, name, table)
            place = root / one.pointer_path
            if one.damage is not None and place.is_file():
                folder = stack.enter_context(TemporaryDirectory(prefix=".mlgit-update-", dir=place.parent))
                aside = Path(folder) / "aside"
                move_into_place(place, aside)
                stack.callback(move_into_place, aside, place)
        yield


def refuse_changed(target: Target) -> None:
    """Raise `UsageError` (`data-changed`) when the table on disk is not what its .dvc file says: it would be lost.

    What the cache has is not lost: such is a table whose .dvc file an interrupted update did not reach.
    """
    if target.pointer is None or not target.place.is_file() or is_known(target, target.place):
        return
    digest = file_digest(target.place, legacy=target.pointer.outputs[0].legacy)
    if not LocalCache(target.root).holds(folder_of(target.table.path), digest):
        raise UsageError(
            "data-changed",
            f"{target.table.path} is not what its .dvc file says, and would be lost",
            hint=f"dvc add {target.table.path}, or dvc checkout {target.table.path}",
            where=target.table.path,
        )


def is_known(target: Target, place: Path) -> bool:
    """Tell whether a file holds what the .dvc file of a table says."""
    known = target.pointer.outputs[0] if target.pointer else None
    return known is not None and file_digest(place, legacy=known.legacy) == known.digest
