"""Look for drift: the tables of mlgit.yaml beside the profiles that stand with their schemas."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.data import distributions
from mlgit.data.drift import DriftReport, TableDrift, drift_of
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.project.tables import chosen_tables, read_schema
from mlgit.world.context import Context
from mlgit.world.files import read_bytes


def find_drift(context: Context, names: Sequence[str], file: str = "") -> DriftReport:
    """Return how tables spread beside their references; `file` is another file to look at for the one table named.

    Raises `UsageError` (`profile-missing`) where no profile stands, and what the tables raise.
    """
    project = Project.nearest(context)
    chosen = chosen_tables(project.at().configuration, names)
    if file and len(chosen) != 1:
        raise UsageError(
            "drift-file", "--file goes with one table", hint="mlgit data drift TABLE --file FILE"
        )
    tables: list[TableDrift] = []
    for name, table in chosen.items():
        schema = read_schema(project.root, table.schema, name)
        place = distributions.path_of(table.schema)
        content = read_bytes(project.root / place)
        if content is None:
            raise UsageError(
                "profile-missing",
                f"there is no profile of {name} to compare with",
                hint=f"mlgit data schema {name}",
                where=place,
            )
        stored = distributions.read(content, place)
        path = context.directory / file if file else project.root / table.path
        context.console.progress(f"reading {file or table.path}")
        tables.append(drift_of(path, schema, stored, table=name, shown=file or table.path, profile=place))
    return DriftReport(drifted=any(one.drifted for one in tables), tables=tuple(tables))
