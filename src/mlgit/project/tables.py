"""The tables of a project: which of them are meant, and whether they keep their schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from mlgit.config import reader
from mlgit.config.model import Configuration, Table
from mlgit.data import schema_file
from mlgit.data.between import dangling, overlap
from mlgit.data.check import check_table
from mlgit.data.report import CheckReport, RuleResult, without_values
from mlgit.data.schema import Schema
from mlgit.errors import UsageError
from mlgit.git.lfs import refuse_pointer
from mlgit.git.tracked import refuse_link_outside
from mlgit.host.choose import ci_of
from mlgit.project.project import Project
from mlgit.world.files import read_bytes


def check_tables(project: Project, names: Sequence[str] = (), memory: str = "") -> tuple[CheckReport, ...]:
    """Return the report of each table of the working tree, all of them when no name is given, within `memory` (`500MB`).

    Raises `UsageError` for a name, a schema or a file that is not there, and for a schema that cannot be read.
    """
    reports = []
    configuration = project.at().configuration
    for name, table, schema in tables_to_check(project, configuration, names):
        refuse_pointer(project.root / table.path, table.path)
        report = check_table(
            project.root / table.path,
            schema,
            table=name,
            shown=table.path,
            schema_shown=table.schema,
            today=project.context.today,
            memory=memory,
        )
        whole = with_results(report, between_tables(project, configuration, name, schema, report))
        reports.append(as_shown(project, whole))
    return tuple(reports)


def tables_to_check(
    project: Project, configuration: Configuration, names: Sequence[str]
) -> Iterator[tuple[str, Table, Schema]]:
    """Yield the tables that are meant, all of them when no name is given, each with its schema; raises as `check_tables` does."""
    for name, table in chosen_tables(configuration, names).items():
        schema = read_schema(project.root, table.schema, name)
        refuse_links_outside(project, table.path)
        project.context.console.progress(f"checking {name}: {table.path}")
        yield name, table, schema


def as_shown(project: Project, report: CheckReport) -> CheckReport:
    """Return a report as it may leave this machine: in a job without the values of the table, unless mlgit.yaml lets them."""
    return report if values_allowed(project) else without_values(report)


def values_allowed(project: Project) -> bool:
    """Tell whether values of a table may be shown: on a person's machine always, in a job where mlgit.yaml lets them.

    For a pull request mlgit.yaml of the branch that it is to be merged into has to let them, too: otherwise it could ask
    for the values itself.
    """
    ci = ci_of(project.context)
    if not ci.is_job:
        return True
    revisions = [None, *([f"refs/remotes/origin/{ci.base_branch}"] if ci.base_branch else [])]
    try:
        return all(project.at(one).configuration_or_default.forge.show_values for one in revisions)
    except UsageError:
        return False


def refuse_links_outside(project: Project, path: str) -> None:
    """Refuse a table that a tracked link puts outside the repository, in whole or, of a folder, in part."""
    refuse_link_outside(project.repository, path)
    for one in sorted((project.root / path).rglob("*")):
        if one.is_symlink():
            refuse_link_outside(project.repository, one.relative_to(project.root).as_posix())


def with_results(report: CheckReport, more: list[RuleResult]) -> CheckReport:
    """Return the report with more results."""
    passed = report.passed and all(result.passed for result in more)
    return replace(report, results=(*report.results, *more), passed=passed)


def between_tables(
    project: Project, configuration: Configuration, name: str, schema: Schema, report: CheckReport
) -> list[RuleResult]:
    """Return what the rules between a table and the others of mlgit.yaml found; nothing for one that cannot be read.

    Keys are looked for where `references` names them; a table called like a test set is held against the one called
    like its training set.
    """
    if report.rows is None:
        return []
    here = (project.root / configuration.data[name].path, configuration.data[name].path)
    found = []
    for column, rule in schema.columns.items():
        table, _, other = rule.references.partition(".")
        place = configuration.data.get(table)
        if rule.references and place is None:
            raise unknown_table(configuration.data, table)
        if place is not None:
            refuse_link_outside(project.repository, place.path)
            found.append(dangling(here, schema, column, (project.root / place.path, place.path), other))
    train = training_table(configuration, name)
    if train:
        ids = tuple(column for column, rule in schema.columns.items() if rule.unique or column == schema.id)
        place = configuration.data[train]
        refuse_link_outside(project.repository, place.path)
        result = overlap((project.root / place.path, place.path), here, schema, ids=ids)
        found.extend([result] if result else [])
    return found


TEST_WORDS = ("test", "holdout", "validation", "valid", "val", "eval", "dev")


def training_table(configuration: Configuration, name: str) -> str:
    """Return the table that is called as this one, with `train` or `training` where it says `test`; nothing otherwise."""
    parts = re.split(r"([^a-zA-Z]+)", name)
    for position, part in enumerate(parts):
        if part.casefold() in TEST_WORDS:
            for word in ("train", "training"):
                other = "".join([*parts[:position], word, *parts[position + 1 :]])
                if other in configuration.data:
                    return other
    return ""


def read_schema(root: Path, path: str, table: str) -> Schema:
    """Return the schema of a table; raises `UsageError` (`schema-missing`) when there is no such file."""
    content = read_bytes(root / path)
    if content is None:
        raise UsageError(
            "schema-missing", "there is no such schema", hint=f"mlgit data schema {table}", where=path
        )
    return schema_file.read(content, path)


def chosen_tables(configuration: Configuration, names: Sequence[str]) -> dict[str, Table]:
    """Return the tables of these names, all when no name is given, in the order of `mlgit.yaml`.

    Raises `UsageError` (`table-unknown`, `table-none`) for a name that is none, and when there is no table at all.
    """
    for name in names:
        if name not in configuration.data:
            raise unknown_table(configuration.data, name)
    if not configuration.data:
        raise UsageError(
            "table-none",
            "no tables are named",
            hint="add one below data: with its path and its schema",
            where=reader.FILE,
        )
    return {name: table for name, table in configuration.data.items() if not names or name in names}


def unknown_table(tables: Mapping[str, Table], name: str) -> UsageError:
    """Return the error for a table that `mlgit.yaml` does not name."""
    import difflib

    close = difflib.get_close_matches(name, tables, n=1)
    known = ", ".join(tables) or "none"
    hint = f"did you mean {close[0]!r}?" if close else f"its tables: {known}"
    return UsageError("table-unknown", f"there is no table {name!r}", hint=hint, where=reader.FILE)
