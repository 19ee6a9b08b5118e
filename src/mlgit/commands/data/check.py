"""Hold the tables of a repository against their schemas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlgit.commands.data.tables import chosen_tables
from mlgit.config.model import Configuration
from mlgit.data import schema as schemas
from mlgit.data.check import check_table
from mlgit.data.report import CheckReport
from mlgit.errors import UsageError
from mlgit.world.context import Context
from mlgit.world.files import read_bytes


def check_tables(
    context: Context, configuration: Configuration, root: Path, names: Sequence[str] = ()
) -> tuple[CheckReport, ...]:
    """Return the report of each table, all of them when no name is given; `root` is the folder of `mlgit.yaml`.

    Raises `UsageError` for a name, a schema or a file that is not there, and for a schema that cannot be read.
    """
    reports = []
    for name, table in chosen_tables(configuration, names).items():
        schema = read_schema(root, table.schema, name)
        context.console.progress(f"checking {name}: {table.path}")
        reports.append(
            check_table(root / table.path, schema, table=name, shown=table.path, schema_shown=table.schema)
        )
    return tuple(reports)


def read_schema(root: Path, path: str, table: str) -> schemas.Schema:
    """Return the schema of a table; raises `UsageError` (`schema-missing`) when there is no such file."""
    content = read_bytes(root / path)
    if content is None:
        raise UsageError(
            "schema-missing", "there is no such schema", hint=f"mlgit data schema {table}", where=path
        )
    return schemas.read(content, path)
