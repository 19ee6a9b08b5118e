"""A table that is to be fetched anew: where it lies, what its .dvc file says, and how it comes here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from mlgit.commands.data.tables import chosen_tables
from mlgit.config.model import Configuration, Table
from mlgit.config.reader import FILE
from mlgit.dvc import pointer as pointers
from mlgit.dvc.evidence import file_digest
from mlgit.dvc.pointer import Pointer
from mlgit.errors import UsageError
from mlgit.world.files import read_bytes

IMPORTS = {"imported": "dvc import", "imported from a URL": "dvc import-url"}
COMMAND = "command"


class Target(Struct, frozen=True, kw_only=True):
    """One table, and the .dvc file beside it where there is one; `damage` says why that cannot be read."""

    name: str
    table: Table
    root: Path
    pointer: Pointer | None = None
    damage: UsageError | None = None

    @property
    def place(self) -> Path:
        """Where the table lies."""
        return self.root / self.table.path

    @property
    def pointer_path(self) -> str:
        """The path of its .dvc file."""
        return self.table.path + pointers.SUFFIX

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
    silent = [one for one in targets if not (one.source or one.damage)]
    if (names and silent) or len(silent) == len(targets):
        raise UsageError(
            "table-no-source",
            f"nothing tells where {silent[0].name} comes from",
            hint=f"give it a source: in {FILE}, or bring it by dvc import or dvc import-url",
            where=FILE,
        )
    return [one for one in targets if one.source or one.damage]


def target_of(root: Path, name: str, table: Table) -> Target:
    """Return a table with what its .dvc file says."""
    path = table.path + pointers.SUFFIX
    content = read_bytes(root / path)
    try:
        pointer = pointers.read(content, path) if content is not None else None
    except UsageError as error:
        return Target(name=name, table=table, root=root, damage=error)
    return Target(name=name, table=table, root=root, pointer=pointer)


def refuse_changed(target: Target) -> None:
    """Raise `UsageError` (`data-changed`) when the table on disk is not what its .dvc file says: it would be lost."""
    if target.pointer is not None and target.place.is_file() and not is_known(target, target.place):
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
