"""The tables of a repository: where `mlgit.yaml` stands, and which of its tables are meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlgit.config import reader
from mlgit.config.model import Configuration, Table
from mlgit.errors import UsageError
from mlgit.world.context import Context
from mlgit.world.files import read_bytes


def find_configuration(context: Context) -> tuple[Path, Configuration]:
    """Return the folder of the nearest `mlgit.yaml`, here or above, and what it says.

    Raises `UsageError` (`config-missing`) when there is none.
    """
    for folder in (context.directory, *context.directory.parents):
        content = read_bytes(folder / reader.FILE)
        if content is not None:
            return folder, reader.read(content)
    raise UsageError(
        "config-missing",
        f"there is no {reader.FILE} here or in a folder above",
        hint="mlgit init makes a repository that has one; mlgit data schema FILE needs none",
    )


def chosen_tables(configuration: Configuration, names: Sequence[str]) -> dict[str, Table]:
    """Return the tables of these names, all when no name is given, in the order of `mlgit.yaml`.

    Raises `UsageError` (`table-unknown`, `table-none`) for a name that is none, and when there is no table at all.
    """
    for name in names:
        if name not in configuration.data:
            raise unknown_table(configuration, name)
    if not configuration.data:
        raise UsageError(
            "table-none",
            "no tables are named",
            hint="add one below data: with its path and its schema",
            where=reader.FILE,
        )
    return {name: table for name, table in configuration.data.items() if not names or name in names}


def unknown_table(configuration: Configuration, name: str) -> UsageError:
    """Return the error for a table that `mlgit.yaml` does not name."""
    import difflib

    close = difflib.get_close_matches(name, configuration.data, n=1)
    known = ", ".join(configuration.data) or "none"
    hint = f"did you mean {close[0]!r}?" if close else f"its tables: {known}"
    return UsageError("table-unknown", f"there is no table {name!r}", hint=hint, where=reader.FILE)
